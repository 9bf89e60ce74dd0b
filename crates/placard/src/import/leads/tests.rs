use super::*;
use crate::import::Encoding;
use placard_domain::crm::{
    consent::ConsentState,
    contact::ContactField::{self, City, Email, LastName, Phone},
};

fn read_text(text: &str) -> LeadFile {
    read(text.as_bytes().to_vec(), &german()).unwrap()
}

fn german() -> Options {
    Options { country: "DE".parse().ok(), ..Options::default() }
}

fn contact(file: &LeadFile, row: usize, field: ContactField) -> &str {
    file.touches[row].contact.get(&field).map_or("", String::as_str)
}

#[test]
fn an_encoding_is_found_and_said() {
    let text = "E-Mail;Nachname;Telefon\nann@example.com;Müller;030 1234567\n";
    let latin: Vec<u8> = text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect();
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect()
    };
    let marked = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        (marked, Encoding::Utf8),
        (wide(u16::to_le_bytes), Encoding::Utf16),
        (wide(u16::to_be_bytes), Encoding::Utf16),
        (latin, Encoding::Windows1252),
    ] {
        let file = read(bytes, &german()).unwrap();
        assert_eq!(file.encoding, encoding);
        assert_eq!(contact(&file, 0, LastName), "Müller");
        assert_eq!(contact(&file, 0, Phone), "+49301234567");
    }
}

#[test]
fn the_quotes_and_the_euro_of_windows_1252_are_read() {
    let file = read(b"email,message\nann@example.com,\x93100 \x80\x94\n".to_vec(), &german()).unwrap();
    assert_eq!(contact(&file, 0, ContactField::Message), "“100 €”");
    assert!(
        read(b"email,message\nann@example.com,\x81\xFF\n".to_vec(), &german()).is_err(),
        "0x81 is nothing"
    );
}

#[test]
fn wrong_rows_are_refused_one_by_one_with_line_and_reason() {
    let file = read_text(
        "email,phone,company\nann@example.com,,Acme\nnobody,,x\n,,\nbob@example.com,,=cmd|'/c calc'!A1\n,+49 30 1234567,\ncat@example.com,1\n",
    );
    assert_eq!(file.touches.len(), 2);
    assert_eq!(contact(&file, 1, Phone), "+49301234567", "a plus before a number is no formula");
    let refused: Vec<_> = file.rejects.iter().map(|one| (one.line, one.reason.as_str())).collect();
    assert_eq!(
        refused,
        [
            (3, "email: an e-mail address has a name, an @ and a domain"),
            (5, "company: begins like a formula (`=`), and a spreadsheet would carry it out"),
            (7, "has 2 cells, and the header has 3"),
        ]
    );
}

#[test]
fn two_columns_of_one_meaning_may_agree_and_not_contradict() {
    let file = read_text("email,E-Mail,Budget,Budget\na@example.com,,10,20\na@example.com,b@example.com,,\n");
    assert_eq!(file.touches[0].answers.values().map(String::as_str).collect::<Vec<_>>(), ["10", "20"]);
    assert!(file.rejects[0].reason.contains("two things"), "{:?}", file.rejects);
    assert_eq!(contact(&file, 0, Email), "a@example.com");
}

#[test]
fn a_lead_forms_export_names_its_ad() {
    let file = read_text(
        "id\tcreated_time\tad_id\tadset_id\tcampaign_id\tform_id\tplatform\temail\tphone_number\tcity\n\
         l:77\t2026-03-01T10:00:00+01:00\tag:1\tas:2\tc:3\tf:4\tfb\tann@example.com\tp:+49301234567\tBonn\n",
    );
    let touch = &file.touches[0];
    let from = &touch.attribution;
    assert_eq!(from.platform, Some(Platform::Meta));
    let ids = [&from.ad, &from.ad_group, &from.campaign, &from.form, &touch.external_id];
    assert_eq!(ids.map(|id| id.as_deref().unwrap_or_default()), ["1", "2", "3", "4", "77"]);
    assert_eq!(touch.occurred_at.unwrap().to_rfc3339(), "2026-03-01T09:00:00+00:00");
    assert_eq!(contact(&file, 0, City), "Bonn");
}

#[test]
fn consent_says_when_or_is_refused() {
    let file = read_text(
        "email,consent,consent_at\na@example.com,yes,2026-03-01\nb@example.com,yes,\nc@example.com,no,\nd@example.com,perhaps,\n",
    );
    assert_eq!(file.touches[0].consent.as_ref().unwrap().state, ConsentState::Given);
    assert_eq!(file.touches[1].consent, None, "a no is no word that could be proven");
    let lines: Vec<_> = file.rejects.iter().map(|one| one.line).collect();
    assert_eq!(lines, [3, 5]);
}

#[test]
fn a_file_without_anybody_is_refused_whole() {
    let error = read(b"colour,size\nred,1\n".to_vec(), &german()).unwrap_err();
    assert!(error.to_string().contains("e-mail"), "{error}");
}
