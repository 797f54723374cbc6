//! The bounce that the demo's relay writes: dropped into a Maildir, as a mail server does it.

use std::{io, path::Path};

use tokio::fs;

/// Drops a bounce (RFC 3464) for a mail from `return_path` to `to`: the mailbox is full. Written aside and moved, as Maildir
/// has it: nobody reads half of it. `name` is unique.
pub(super) async fn drop_into(folder: &Path, name: &str, return_path: &str, to: &str) -> io::Result<()> {
    let mail = format!(
        "From: Mail Delivery System <MAILER-DAEMON@demo>\n\
         To: <{return_path}>\n\
         Subject: Undelivered Mail Returned to Sender\n\
         Auto-Submitted: auto-replied\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"demo\"\n\n\
         --demo\nContent-Type: text/plain\n\nThe mailbox is full.\n\
         --demo\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; demo\n\n\
         Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\n\n\
         --demo--\n"
    );
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(folder.join(part)).await?;
    }
    let written = folder.join("tmp").join(name);
    fs::write(&written, mail).await?;
    fs::rename(&written, folder.join("new").join(name)).await
}
