//! English.

use super::{CheckText, DocumentsText, FaultText, OfferText, PaperText};

pub(in crate::text) const DOCUMENTS: DocumentsText = DocumentsText {
    offer: OfferText {
        receipts: "Receipts",
        lead: "A receipt proves what is recorded here. The signed file can be checked by anybody, without us.",
        given: "Receipt: access given",
        ended: "Receipt: access ended",
        to_print: |language| format!("To print, {language} (PDF)"),
        signed_file: "Signed file (JSON)",
        how_to_check: "Check a receipt that you have as a file",
        check_now: "Check it now",
        history: "Download the whole history",
        history_found: "Download what was found",
        history_lead: "Each file ends with a signed list of hashes, so that a changed one shows.",
        csv: "For a spreadsheet (CSV)",
        json_lines: "For software (JSON Lines)",
        no_pdf: "The server cannot write PDF at the moment, because its fonts are missing. The signed files (JSON, CSV, JSON Lines) can be downloaded from the same page.",
    },
    paper: PaperText {
        issuer: "Goods and Services Tax · Manage API access",
        given_title: "Receipt: API access given",
        given_lead: |asp, gsp| {
            format!("{asp} (via {gsp}) obtained access to the GST data of this taxpayer with an OTP.")
        },
        ended_title: "Receipt: API access ended",
        ended_lead: |asp| format!("With this access, {asp} can no longer fetch the GST data of this taxpayer."),
        history_title: "API access: history",
        history_lead: |at| format!("Access that is over, as of {at} IST. The newest stands first."),
        history_filtered: |filter| format!("This is not the whole history, but what was looked for: {filter}."),
        history_part: |count| format!("This document lists {count}."),
        history_next: "There are more: get the next part",
        taxpayer: "Taxpayer",
        committed_at: "Recorded at",
        obtained_by_otp: "Obtained by",
        place_in_ledger: "Entry of the taxpayer's ledger",
        hash: "Hash (SHA-256)",
        to_check: |address| {
            format!(
                "To check it, get the signed file from the same page, and check that at {address}, or with: asp-access verify FILE. The hash shown there must be the one printed here."
            )
        },
        not_the_original: "This paper is a copy for people. What proves is the signed file. All times are Indian Standard Time.",
        page: |page, of| format!("Page {page} of {of}"),
    },
    check: CheckText {
        title: "Check a receipt",
        lead: "Choose a receipt (JSON) or an exported history (CSV, JSON Lines, PDF) to see whether it is ours and unchanged.",
        stays_here: "The file stays in your browser. Nothing is sent to us or to anybody.",
        choose: "File",
        paste: "Or paste a receipt",
        button: "Check what was pasted",
        without_scripts: "Checking here needs JavaScript, which is off in this browser. Check the file on a computer instead, offline, with the public keys linked below:",
        keys: "Public keys",
        good: "Genuine and unchanged",
        bad: "Not accepted",
        good_given: "This is our receipt of an access that was given.",
        good_ended: "This is our receipt of an access that has ended.",
        good_export: |rows| match rows {
            0 => "This is our document, and not one byte of it was changed.".to_owned(),
            1 => "This is our export of 1 row, and not one byte of it was changed.".to_owned(),
            rows => format!("This is our export of {rows} rows, and not one byte of it was changed."),
        },
        in_log: |index| format!("It is proven to stand in the public log, as entry {index}."),
        not_in_log_yet: "It does not carry its place in the public log yet. Download it again in some minutes to have that, too.",
        signed_with: "Signed with key",
        issued_by: "Given out by",
        unreadable_file: "The browser could not read this file.",
        working: "Checking…",
        by_command: "The same without this page, offline:",
        hash: "Hash",
        as_on_paper: "This is the hash that stands on the paper whose code you scanned.",
        not_as_on_paper: "This is not the hash that stands on the paper whose code you scanned: it is another document.",
    },
    faults: FaultText {
        too_large: |bytes| {
            format!(
                "This file has {bytes} bytes. A receipt has at most 1,048,576, and an export ends with a signed list of hashes, which is missing here. It was not read."
            )
        },
        truncated: |at| format!("This file is cut off: it ends after byte {at}, in the middle of the document."),
        not_text: |at| format!("This is no text: byte {at} belongs to no character."),
        syntax: |at| format!("This is no JSON document: byte {at} does not fit."),
        duplicate: |name, at| {
            format!("The field “{name}” stands twice in one place, the second time at byte {at}. We never write it so.")
        },
        too_deep: |at| format!("The document is nested too deeply, from byte {at} on. We never write it so."),
        number: |at| {
            format!("At byte {at} stands a number that we never write: fractions and very large numbers do not occur.")
        },
        name: |at| format!("At byte {at} stands the name of a field that we never write."),
        more: |at| format!("The document is over at byte {at}, but the file goes on."),
        other_system: "This document is not one of ours: it may be a receipt of another system.",
        other_version: |format| {
            format!(
                "This document is of the version “{format}”, which is newer than this check. Use a newer version of asp-access."
            )
        },
        reformatted: |at| {
            format!(
                "This is one of our documents, but not written as we gave it out: it differs first at byte {at}. It was changed, or an editor has laid it out anew."
            )
        },
        missing: |part| format!("The part “{part}” of the document is missing."),
        misplaced: |part| format!("The part “{part}” of the document is not as we write it."),
        unknown_key: |id| {
            format!(
                "It is signed with the key “{id}”, which is not among the public keys at hand: it was signed by somebody else, or the list of keys is too old."
            )
        },
        changed: |field| format!("The field {field} was changed after it was signed."),
        signature: "The signature does not fit. No single field gives away why: the signature itself, a sum, or several parts were changed.",
        chain: "The event in this receipt does not lead to the hash beside it.",
        proof: "The proof that the event stands in the public log does not hold.",
        no_seal: "There is no signed list of hashes at the end of this file: it is cut off, or it is not one of our documents.",
        bytes: |from, until| format!("Bytes {from} to {until} are not those that were signed."),
        rows: |first, last, from, until| {
            format!("Something in rows {first} to {last} (bytes {from} to {until}) is not as it was signed.")
        },
        length: |signed, found| {
            format!("{signed} bytes were signed, but here are {found}: something was added or taken away at the end.")
        },
    },
};
