Feature: Nothing is open to the public

  Scenario Outline: Services answer through private endpoints only
    Given I have <type> defined
    Then it must contain public_network_access_enabled
    And its value must be false

    Examples:
      | type                               |
      | azurerm_storage_account            |
      | azurerm_key_vault                  |
      | azurerm_container_registry         |
      | azurerm_cosmosdb_account           |
      | azurerm_machine_learning_workspace |

  Scenario: Storage accounts deny what no rule allows
    Given I have azurerm_storage_account defined
    Then it must contain network_rules
    And it must contain default_action
    And its value must be Deny

  Scenario: Private endpoints stand in a subnet that is configured here
    Given I have azurerm_private_endpoint defined
    Then it must contain subnet_id

  Scenario: Everything says whose it is
    Given I have azurerm_storage_account defined
    Then it must contain tags
    And it must contain team
    And its value must match the "^[a-z]+$" regex
