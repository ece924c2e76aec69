Feature: Data stays in one region

  Scenario: Groups are in North Europe
    Given I have azurerm_resource_group defined
    Then it must contain location
    And its value must be northeurope
