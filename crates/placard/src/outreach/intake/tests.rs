use super::*;

const ID: &str = "7f3c2a9e5b1d4c6f8a0b9c8d7e6f5a4b";

fn ours() -> DeliveryId {
    DeliveryId(ID.parse().unwrap())
}

fn mail(headers: &str, body: &str) -> Vec<u8> {
    format!("From: ada@example.org\nMessage-ID: <reply@example.org>\n{headers}\n\n{body}\n")
        .replace('\n', "\r\n")
        .into()
}

#[test]
fn an_answer_is_known_by_its_address_or_by_what_it_answers() {
    let by_address = mail(&format!("To: replies+{ID}@ours.example\nSubject: Re: Hi"), "Tell me more.");
    assert_eq!(classify(&by_address), Arrival::Response(ours(), Response::Reply));
    let by_id = mail(&format!("To: us@ours.example\nIn-Reply-To: <{ID}@ours.example>"), "Tell me more.");
    assert_eq!(classify(&by_id), Arrival::Response(ours(), Response::Reply));
    assert_eq!(classify(&mail("To: us@ours.example\nSubject: Hi", "Hello")), Arrival::Stranger);
    assert_eq!(classify(&mail("To: us+short@ours.example", "Hello")), Arrival::Stranger);
}

#[test]
fn who_asks_to_be_left_alone_is_heard() {
    let out = mail(&format!("To: replies+{ID}@ours.example\nSubject: Unsubscribe"), "");
    assert_eq!(classify(&out), Arrival::Response(ours(), Response::Unsubscribe));
}

#[test]
fn an_absence_note_is_no_answer() {
    let note = mail(&format!("To: replies+{ID}@ours.example\nAuto-Submitted: auto-replied"), "I am away.");
    assert_eq!(classify(&note), Arrival::Automatic(ours()));
    let by_hand = mail(&format!("To: replies+{ID}@ours.example\nAuto-Submitted: no"), "I am here.");
    assert_eq!(classify(&by_hand), Arrival::Response(ours(), Response::Reply));
}

fn report(kind: &str, action: &str) -> Vec<u8> {
    let headers = format!(
        "To: us@ours.example\nSubject: Report\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type={kind}; boundary=\"b\""
    );
    let body = format!(
        "--b\nContent-Type: text/plain\n\nIt did not work.\n--b\nContent-Type: message/{kind}\n\n\
         Final-Recipient: rfc822; ada@example.org\nAction: {action}\nStatus: 5.1.1\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{ID}@ours.example>\nSubject: Hi\n--b--"
    );
    mail(&headers, &body)
}

#[test]
fn only_a_failed_delivery_is_a_bounce() {
    assert_eq!(classify(&report("delivery-status", "failed")), Arrival::Response(ours(), Response::Bounce));
    assert_eq!(classify(&report("delivery-status", "delayed")), Arrival::Automatic(ours()));
    assert_eq!(classify(&report("feedback-report", "")), Arrival::Response(ours(), Response::Complaint));
}

#[test]
fn bytes_that_are_no_message_stop_nothing() {
    for raw in [&b""[..], b"\0\xff\xfe", b"\r\n\r\n"] {
        assert!(matches!(classify(raw), Arrival::Unreadable | Arrival::Stranger));
    }
}
