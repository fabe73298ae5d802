//! The credential report.

use super::*;

use data_encoding::BASE64;

async fn generate(iam: &Iam) -> String {
    let answer = call(iam, "Action=GenerateCredentialReport").await;
    let (status, body) = answer.expect("an answer");
    assert_eq!(status, 200, "{body}");
    body.split("<State>").nth(1).expect("a state").split('<').next().expect("its end").to_owned()
}

/// The CSV, or the error code.
async fn get(iam: &Iam) -> Result<String, String> {
    let (status, body) = call(iam, "Action=GetCredentialReport").await.expect("an answer");
    let part = |name: &str| {
        let rest = body.split_once(&format!("<{name}>")).expect("the element").1;
        rest.split('<').next().expect("its end").to_owned()
    };
    if status != 200 {
        return Err(format!("{status} {}", part("Code")));
    }
    assert_eq!(part("ReportFormat"), "text/csv");
    part("GeneratedTime").parse::<jiff::Timestamp>().expect("a date");
    let csv = BASE64.decode(part("Content").as_bytes()).expect("base64");
    Ok(String::from_utf8(csv).expect("text"))
}

#[tokio::test]
async fn is_generated_kept_and_expires() {
    let iam = Iam::start(world().report_polls(1)).await;
    assert_eq!(get(&iam).await, Err("410 ReportNotPresent".to_owned()));
    assert_eq!(generate(&iam).await, "STARTED");
    assert_eq!(generate(&iam).await, "INPROGRESS");
    assert_eq!(generate(&iam).await, "COMPLETE");
    let report = get(&iam).await.expect("a report");
    check(call(&iam, &update("Bob", BOBS, "Inactive")).await, 200, "");
    assert_eq!(generate(&iam).await, "COMPLETE");
    assert_eq!(get(&iam).await, Ok(report), "the change is not in it");

    iam.expire_report();
    assert_eq!(get(&iam).await, Err("410 ReportExpired".to_owned()));
    assert_eq!(generate(&iam).await, "STARTED");
    assert_eq!(get(&iam).await, Err("404 ReportInProgress".to_owned()));
    let report = get(&iam).await.expect("a report");
    let bob = report.lines().find(|row| row.starts_with("Bob,")).expect("Bob's row");
    let rotated = bob.split(',').nth(9).expect("access_key_1_last_rotated");
    assert_eq!(bob.split(',').nth(8), Some("false"));
    assert!(rotated > "2026", "deactivating is a change: {bob}");
}

#[tokio::test]
async fn has_a_row_for_everyone() {
    let used = Key::new(BOBS).created("2025-01-02T03:04:05Z").last_used("2025-06-07T08:09:10Z");
    let toggled = Key::new("AKIAI44QH8DHBEXAMPL2").rotated("2026-01-02T03:04:05Z");
    let unknown = Key::new(ALICES).status(Inactive).report_last_used("no_information");
    let late = Key::new("AKIAI44QH8DHBEXAMPL3").last_used("2026-01-02T03:04:05Z");
    let bob = User::new("Bob").path("/service/").created("2024-02-03T04:05:06Z");
    let world = World::new()
        .with(bob.key(used).key(toggled))
        .with(User::new("alice").key(unknown))
        .with(User::new("C,d").key(late.report_last_used("2025-12-31T00:00:00Z")))
        .user("<root_account>", &[("AKIAROOTROOTROOTROOT", Active)])
        .root_keys(true, false)
        .generated()
        .with(User::new("Newcomer"));
    let iam = Iam::start(world).await;
    let report = get(&iam).await.expect("a report");
    let expected = "user,arn,user_creation_time,password_enabled,password_last_used,\
        password_last_changed,password_next_rotation,mfa_active,\
        access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,\
        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
        access_key_2_last_used_region,access_key_2_last_used_service,\
        cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
<root_account>,arn:aws:iam::123456789012:root,2024-01-01T00:00:00Z,not_supported,no_information,\
        not_supported,not_supported,true,\
        true,2024-01-01T00:00:00Z,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
alice,arn:aws:iam::123456789012:user/alice,2024-01-01T00:00:00Z,false,N/A,N/A,N/A,false,\
        false,2024-01-01T00:00:00Z,no_information,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
Bob,arn:aws:iam::123456789012:user/service/Bob,2024-02-03T04:05:06Z,false,N/A,N/A,N/A,false,\
        true,2026-01-02T03:04:05Z,N/A,N/A,N/A,\
        true,2025-01-02T03:04:05Z,2025-06-07T08:09:10Z,us-east-1,s3,false,N/A,false,N/A
\"C,d\",\"arn:aws:iam::123456789012:user/C,d\",2024-01-01T00:00:00Z,false,N/A,N/A,N/A,false,\
        true,2024-01-01T00:00:00Z,2025-12-31T00:00:00Z,us-east-1,s3,\
        false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    assert_eq!(report, expected);
    check(call(&iam, &last_used("AKIAI44QH8DHBEXAMPL3")).await, 200, "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn says_what_the_test_wants() {
    let iam = Iam::start(world().report("user,arn\nGhost,arn")).await;
    assert_eq!(generate(&iam).await, "STARTED");
    assert_eq!(get(&iam).await, Ok("user,arn\nGhost,arn".to_owned()));

    // A lagging endpoint has the report of its own world, if any.
    iam.fault(Fault::once("GetCredentialReport", FaultKind::Stale(world())));
    let old = world().report("old").generated();
    iam.fault(Fault { skip: 1, ..Fault::once("GetCredentialReport", FaultKind::Stale(old)) });
    assert_eq!(get(&iam).await, Err("410 ReportNotPresent".to_owned()));
    assert_eq!(get(&iam).await, Ok("old".to_owned()));
    assert_eq!(get(&iam).await, Ok("user,arn\nGhost,arn".to_owned()));
}
