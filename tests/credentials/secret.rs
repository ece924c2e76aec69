use insta::assert_snapshot;
use ringfence::localcloud::Proofs;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_opens_arm_and_a_wrong_or_expired_one_is_named() {
    let end = u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp()).unwrap() + 3600;
    let desk = Desk::new(Proofs { secret_ends: Some(end), ..Proofs::default() }).await;
    let right = desk.settings(&[("ARM_CLIENT_SECRET", &desk.handle.client_secret)]);
    assert_eq!(desk.works(&right).await, ("client secret", desk.handle.client_id.clone()));
    let wrong = desk.fails(&desk.settings(&[("ARM_CLIENT_SECRET", "guessed-it")])).await;
    assert!(!wrong.contains("guessed-it"));
    assert_snapshot!(wrong, @r#"
no token could be had with the client secret
  - client certificate: client_certificate (ARM_CLIENT_CERTIFICATE) or client_certificate_path is not set
  - client secret: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN: AADSTS7000215: Invalid client secret provided for app '77776e80-229f-5f28-89b0-d5f6650644d4'.
hint: the client secret is wrong: it must be the secret's value, not its id
"#);
    desk.step(7200).await;
    assert_snapshot!(desk.fails(&right).await.lines().nth(2).unwrap(), @r#"
  - client secret: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN: AADSTS7000222: The provided client secret keys for app '77776e80-229f-5f28-89b0-d5f6650644d4' are expired.
"#);
}
