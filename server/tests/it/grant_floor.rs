//! The floor of `commit_postgres` is worth something only as long as its script says what a grant says: word for word, in the
//! same order, whatever stands in place of the arguments.

use app::model::otp::OtpRules;
use server::consent::SESSIONS_PER_GSP_MAX;

use crate::support::{
    database::Database,
    postgres::{Cluster, statements},
    world::World,
};

const SCRIPT: &str = include_str!("../../benches/figures/grant.sql");

/// What the script needs for values that a grant passes in.
const OF_VALUES: [&str; 4] = ["array", "decode", "lpad", "null"];

/// The words of a statement: no values, no types, no signs.
fn words(statement: &str) -> String {
    let mut kept = String::new();
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |at| at + 2),
            // A type, a variable, an argument, a command to pgbench: with the word that follows.
            ':' | '$' | '\\' => {
                let name = rest.trim_start_matches([':', '$', '\\']);
                let signs = rest.len() - name.len();
                signs + name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len())
            }
            letter if letter.is_alphabetic() => {
                let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
                if !OF_VALUES.contains(&&rest[..end]) {
                    kept.push_str(&rest[..end]);
                    kept.push(' ');
                }
                end
            }
            sign => sign.len_utf8(),
        };
        rest = &rest[end..];
    }
    kept.trim_end().to_lowercase()
}

#[tokio::test]
async fn the_floor_of_a_grant_says_what_a_grant_says() {
    let cluster = Cluster::start();
    Database::of(&cluster).await.store.close().await;
    let logging = Database::at(format!("{}?options[log_statement]=all", cluster.url("postgres"))).await;
    let world = World::over(logging, OtpRules::default(), SESSIONS_PER_GSP_MAX).await;
    world.grant().await;
    world.store.close().await;
    let log = cluster.stop();
    let said: Vec<_> = statements(&log).iter().map(|statement| words(statement)).collect();
    let session = said.iter().rposition(|words| words.starts_with("insert into session")).expect("a grant");
    let begin = said[..session].iter().rposition(|words| words.starts_with("begin")).expect("a unit of work");
    let script = SCRIPT.lines().filter(|line| !line.starts_with("--") && !line.starts_with("\\set"));
    let script: Vec<_> = script.map(words).collect();
    assert_eq!(said[begin..=session + 1], script[..]);
}
