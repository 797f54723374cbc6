//! SMS templates at the command line: what cannot match what the operators registered keeps a server from starting, and a
//! table tells how long each is.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    sync::Arc,
};

use serde_json::Value;
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    demo::seed,
    vault::Vault,
};

use crate::support::{
    database::{Database, Engine},
    process::{Process, asp_access},
    serve::{Providers, ROOT_KEY, serve},
};

/// The drafts, as the command prints them.
fn drafts() -> String {
    let printed = asp_access().args(["templates", "draft"]).output().expect("it runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("text")
}

/// Starts a server that is not to start: the one sentence that it says before it ends, without having served anybody.
fn refused(folder: &Path, database: &str, arguments: &[&str]) -> String {
    let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key").public_key_pem();
    let mut command = serve(folder, database, &portal, &Providers::none());
    command.args(["--listen", "127.0.0.1:0"]).args(arguments).env("RUST_LOG", "info,sqlx=warn");
    let mut server = Process(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs"));
    let mut said = String::new();
    for line in BufReader::new(server.0.stderr.take().expect("its log")).lines().map_while(Result::ok) {
        assert!(!line.contains("serving"), "it serves: {said}{line}");
        said = format!("{said}{line}\n");
    }
    assert!(!server.0.wait().expect("it ends").success(), "{said}");
    assert!(said.starts_with("asp-access: "), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said
}

#[test]
fn a_template_that_cannot_match_what_was_registered_keeps_a_server_from_starting() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("test.db").display().to_string();
    let path = folder.path().join("templates.json");
    let given = |text: &Value| text["templates"][0]["text"].as_str().expect("a text").to_owned();
    let mut file: Value = serde_json::from_str(&drafts()).expect("the drafts");
    let registered = given(&file);
    for (text, why) in [
        (registered.replacen("{#alphanumeric#}", "", 1), "its text has 6 variables, but it names 7 values"),
        (registered.replacen("{#alphanumeric#}", "{#var#}", 1), "{#var#}"),
        (registered.replace("{#cbn#}", "{#numeric#}"), "variable 7 is {#numeric#}, but Number needs {#cbn#}"),
        (
            registered.replace("gst.gov.in", "gst.example.in"),
            "the address gst.example.in in its text is not among urls",
        ),
    ] {
        file["templates"][0]["text"] = text.into();
        fs::write(&path, file.to_string()).expect("file");
        let said = refused(folder.path(), &database, &["--sms-templates", &path.display().to_string()]);
        assert!(said.contains("consent_given in en") && said.contains(why), "{said}");
        let checked = asp_access().args(["templates", "check"]).arg(&path).output().expect("it runs");
        assert!(!checked.status.success() && checked.stdout.is_empty(), "checked as at a start");
        assert!(String::from_utf8(checked.stderr).expect("text").contains(why));
    }
    assert!(!Path::new(&database).exists(), "nothing was begun");
}

#[tokio::test]
async fn a_short_name_that_no_template_takes_keeps_a_server_from_starting() {
    let database = Database::fresh(Engine::Sqlite).await;
    let vault = Vault::new(&ROOT_KEY, Arc::new(SystemChance));
    seed::seed(&*database.store, &vault, &SystemChance, SystemClock.now()).await.expect("sample data");
    let folder = tempfile::tempdir().expect("folder");
    for (name, change) in [
        (
            "A name of more than thirty chars",
            "update asp set short_name = 'A name of more than thirty chars' where short_name = 'FileFast'",
        ),
        ("खाता", "update asp set short_name = 'खाता' where short_name like 'A name%'"),
    ] {
        database.run(change).await.expect("renamed");
        let said = refused(folder.path(), &database.address, &[]);
        assert!(said.contains(name) && said.contains("30"), "{said}");
    }
}

#[test]
fn the_table_has_a_line_for_each_template_with_its_length_and_its_parts() {
    let path = tempfile::NamedTempFile::new().expect("file");
    fs::write(path.path(), drafts()).expect("written");
    let file: Value = serde_json::from_str(&drafts()).expect("the drafts");
    for arguments in [vec![], vec![path.path()]] {
        let checked = asp_access().args(["templates", "check"]).args(arguments).output().expect("it runs");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let table = String::from_utf8(checked.stdout).expect("text");
        let (head, rows) = table.split_once('\n').expect("a head");
        for column in ["length", "encoding", "segments"] {
            assert!(head.contains(column), "{head}");
        }
        let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split_whitespace().collect()).collect();
        let templates = file["templates"].as_array().expect("a list");
        assert_eq!(rows.len(), templates.len());
        for template in templates {
            let id = template["template_id"].as_str().expect("an id");
            let row = rows.iter().find(|row| row.get(3) == Some(&id)).expect(id);
            let [kind, language, _, _, length, encoding, segments] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!(
                (*kind, *language),
                (template["kind"].as_str().expect("text"), template["language"].as_str().expect("text"))
            );
            let (length, segments): (usize, usize) = (length.parse().expect("units"), segments.parse().expect("parts"));
            let (alone, joined) = if *encoding == "GSM-7" { (160, 153) } else { (70, 67) };
            let wanted = if length <= alone { 1 } else { length.div_ceil(joined) };
            assert_eq!(segments, wanted, "{id}: {length} {encoding}");
        }
    }
}
