//! English: control.

use super::{
    Asked, ControlText, DoneText, FetchedText, FindText, FreezeText, LimitsText, Questions, ReportText, ReturnNames,
    RolesText, SettingsText, SeveralText, StatusText, UnusualText,
};

pub(in crate::text) static TEXT: ControlText = ControlText {
    status: StatusText {
        title: "How your API access stands",
        is_on: "On",
        is_off: "Off",
        is_frozen: "Frozen",
        on: |span| format!("API access is on. A consent given now holds for {span}."),
        off: "API access is off. No application can ask for consent, and none can fetch anything.",
        frozen: "Everything is frozen until you lift it. No application can ask for consent, and no call passes.",
        frozen_until: |until, left| {
            format!(
                "Everything is frozen until {until} IST ({left}). No application can ask for consent, and no call passes."
            )
        },
        only_allowed: "Only the ASPs on your list can ask for consent.",
        unused: |days| format!("Access that is not used for {} ends by itself.", count(i64::from(days), "day")),
        settings: "Manage API access",
        freeze: "Freeze everything…",
        thaw: "Lift the freeze…",
        paused: "Paused",
        suspended: "Suspended by GSTN",
        outside_hours: "Outside its hours",
        day_full: "Full for today",
        limited: "With limits",
        unusual: "Unusual use",
    },
    several: SeveralText {
        choose: |asp, given| format!("Choose the access of {asp}, given on {given}"),
        column: "Choose",
        revoke_chosen: "Revoke the chosen ones…",
        revoke_all: "Revoke all…",
        title: |n| if n == 1 { "Revoke 1 access?".to_owned() } else { format!("Revoke {n} accesses?") },
        none_title: "Nothing is chosen",
        none: "Tick the accesses that you want to end, then choose “Revoke the chosen ones”.",
        lead: |n| {
            if n == 1 {
                "You are about to end this access:".to_owned()
            } else {
                format!("You are about to end these {n} accesses:")
            }
        },
        more: "This is one page of them. When these are ended, you can go on with the next page.",
        each: "From the moment you revoke, no call of any of them passes.",
        final_word: "This cannot be undone: each needs a new OTP from you to work for you again.",
        told: "You get a receipt for each, and a confirmation by e-mail and SMS.",
        button: |n| if n == 1 { "Revoke 1 access".to_owned() } else { format!("Revoke {n} accesses") },
        cancel: "Cancel, keep them all",
        listed: "Accesses that would end",
        result_title: "What became of each",
        all_ended: |n| if n == 1 { "1 access has ended.".to_owned() } else { format!("All {n} accesses have ended.") },
        receipts_below: "Each has its receipt: open an access in the list to see it.",
        some_ended: |ended, n| format!("{ended} of {n} accesses have ended. The others still stand: try those again."),
        outcome: "Outcome",
        ended: "Ended",
        not_ended: "Not ended",
        again: "Try the others again",
        receipt_of: |asp| format!("Receipt for {asp}"),
        overview: "All your taxpayers",
        overview_lead: |n| {
            format!("You act for {n} taxpayers. These applications can fetch the GST data of any of them now.")
        },
        overview_empty: "No application can fetch the GST data of any of your taxpayers now.",
        access: "Access now, of all taxpayers",
        state: "API access",
        open: "Live accesses",
        next_end: "Next one ends",
        act_for: "Which taxpayers?",
        freeze_all: "Freeze all taxpayers…",
        freeze_all_title: |n| format!("Freeze everything of {n} taxpayers?"),
        frozen_of: |name| format!("Frozen: {name}"),
    },
    find: FindText {
        title: "Find",
        taxpayer: "Taxpayer",
        any: "Any",
        asp: "Name of the ASP",
        gsp: "Name of the GSP",
        from: "Given from",
        to: "Given till",
        state: "Status",
        never_used: "Never used",
        returns: "Fetched",
        sort: "Order",
        newest: "Newest first",
        oldest: "Oldest first",
        ends_first: "Ending first",
        last_used: "Last used first",
        ends_last: "Ending last",
        find: "Find",
        active: "You see only",
        clear: "Clear all, show everything",
        without: |what| format!("Remove: {what}"),
        nothing: "Nothing matches what you are looking for.",
        nothing_more: "Try fewer words or other dates, or clear all and look through the whole list.",
    },
    freeze: FreezeText {
        title: "Freeze everything?",
        lead: "While the freeze holds, no application can fetch your GST data, whatever consent it has.",
        nobody_asks: "No application can ask for a new consent either.",
        nothing_ends: "No access ends: when the freeze is over, what is still valid goes on.",
        lift: "The authorised signatory can lift it earlier at any time.",
        how_long: "For how long?",
        hours: |hours| format!("For {}", count(hours, "hour")),
        morning: "Until tomorrow morning, 8:00",
        days: |days| format!("For {}", count(days, "day")),
        open: "Until I lift it",
        button: "Freeze everything",
        cancel: "Cancel, do not freeze",
    },
    settings: SettingsText {
        title: "Manage API access",
        tab: "Settings",
        lead: "These rules hold for every application (ASP) and every consent. Each change is written down and told to you by e-mail and SMS.",
        window: "API access",
        window_on: "API access is on: an application can ask for your consent, and gets it when you give it your OTP.",
        window_off: "API access is off: no application can ask for consent, and none can fetch anything.",
        duration: "A consent holds for",
        duration_note: "This counts for consents given from now on. Those given before keep their end.",
        save_duration: "Save the duration",
        switch_on: "Switch API access on",
        switch_on_note: "Applications can ask for your consent again. Consents that ended do not come back.",
        switch_off: "Switch API access off…",
        switch_off_note: |n| match n {
            0 => "No access is live now: nothing would end.".to_owned(),
            1 => "Switching off ends the 1 access that is live now.".to_owned(),
            n => format!("Switching off ends all {n} accesses that are live now."),
        },
        unused: "Access that sleeps",
        unused_lead: "What an application does not use, it does not need. You can let such access end by itself.",
        unused_days: "End what was not used for",
        never: "Never end by itself",
        days: |days| count(i64::from(days), "day"),
        unused_note: "You are told before an access ends this way.",
        save: "Save",
        asps: "Applications (ASPs)",
        asps_lead: "Block an ASP, and it can obtain nothing from you. Or let only those ask that are on your list.",
        only_allowed: "Let only listed ASPs ask…",
        every_asp: "Let every ASP ask again…",
        list_on: "Only ASPs on your list can ask for consent. All others are refused.",
        list_off: "Every ASP that is not blocked can ask for consent.",
        asp_rule: "Your rule",
        since: |at| format!("since {at} IST"),
        live: "Live accesses",
        actions: "What you can do",
        blocked: "Blocked",
        allowed: "On your list",
        no_rule: "No rule",
        block: "Block…",
        unblock: "Unblock…",
        allow: "Put on the list…",
        disallow: "Take off the list…",
        of_asp: |act, asp| format!("{act} ({asp})"),
        no_asps: "No ASP of this name. Only ASPs that GSTN has registered can ask for consent.",
        find_asp: "Find an ASP by its name",
        find_asp_note: "Without a name, the list shows the ASPs that you have a rule for and those that have or had access.",
        freeze: "Freeze",
        not_frozen: "Nothing is frozen. A freeze stops everything at once and ends nothing.",
        what_changed: "What was changed here",
        nothing_changed: "Nothing was changed here yet.",
        deeds_lead: "Every decision about your API access, the newest first: what was done, when, and by whom.",
        older: "Older",
    },
    limits: LimitsText {
        title: |asp| format!("Limits for {asp}"),
        section: "Limits",
        none: "No limits: everything that the OTP allowed can be fetched.",
        until: |at| format!("Ends earlier: on {at} IST."),
        returns: |which| format!("Only these can be fetched: {which}."),
        calls: |n| match n {
            0 => "No call passes on any day.".to_owned(),
            1 => "At most 1 call a day.".to_owned(),
            n => format!("At most {n} calls a day."),
        },
        hours: |from, to| format!("Only between {from} and {to} IST."),
        change: "Set or change the limits…",
        lead: |asp| {
            format!(
                "A limit takes something away from {asp}, from the moment you save it. Nothing here can give more than your OTP gave."
            )
        },
        end: "End earlier, on (date and time, IST)",
        end_note: |at| format!("Leave empty to keep the end of {at} IST."),
        which: "What can be fetched",
        which_note: "Take the tick away from what the ASP does not need.",
        a_day: "Calls a day, at most",
        a_day_note: "Leave empty for no limit. A day begins at midnight IST.",
        between: "Hours of the day (IST)",
        from: "From",
        to: "Till",
        between_note: "Leave both empty for the whole day. From 22:00 till 06:00 runs over midnight.",
        save: "Save the limits",
        cancel: "Cancel, change nothing",
        only_tighter: "You can make limits tighter. Only the authorised signatory can take them off or make them wider.",
        pause: "Pause…",
        resume: "Resume…",
        disown: "I did not give this…",
        block_asp: |asp| format!("Block {asp}…"),
        paused_since: |at| format!("Paused since {at} IST: no call passes."),
        you_can: "What you can do",
    },
    fetched: FetchedText {
        title: "What was fetched",
        lead_all: "What all applications fetched of your GST data, day by day, in the last three months.",
        nothing: "Nothing was fetched, and nothing was refused.",
        chart: "Calls by day",
        chart_words: |passed, refused, days| format!("{passed} calls passed and {refused} were refused, {days}."),
        table: "The same as a table",
        day: "Day",
        passed: "Passed",
        refused: "Refused",
        matrix: "By return and period",
        what: "Return or data",
        period: "Period",
        no_period: "no period",
        last: "Last",
        refusals: "What was refused, and why",
        reason: "Reason",
        times: "Times",
        never_used: |which| format!("Allowed but never used: {which}. You can take these away with a limit."),
        all_calls: "Every single call",
    },
    unusual: UnusualText {
        title: "Unusual use",
        lead: "This need not be bad. Look at the numbers, and say whether it is fine.",
        at_night: |at| format!("A call at night: {at} IST."),
        volume: |today, usual| format!("Many more calls than usual: {today} in a day, where {usual} are usual."),
        new_gsp: |gsp| format!("It came through {gsp}, a GSP that it never used before."),
        after_sleep: |days| format!("The first call after {} without one.", count(i64::from(days), "day")),
        new_network: |before, now| format!("The first call from another network: {now}, before that {before}."),
        seen: |at| format!("Seen on {at} IST"),
        fine: "This is fine",
        is_fine: |at| format!("You said on {at} IST that this is fine."),
        not_fine: "If it is not fine: pause the access, put limits on it, or revoke it.",
    },
    report: ReportText {
        title: "Your report is recorded",
        lead: |asp| format!("You reported that you never gave {asp} this access. It has ended, and {asp} is blocked."),
        number: "Reference number",
        at: "Reported on",
        next: "GSTN looks into it. Quote the reference number when you call or write.",
        call: "If an OTP was read to somebody by phone, call the help desk now.",
        receipt: "See the receipt of the ending",
        back: "Back to Access now",
    },
    roles: RolesText {
        viewer: "You can look at everything here, and change nothing. Only the authorised signatory can act.",
        accountant: "You can take access away: revoke, pause, limit, block and freeze. Only the authorised signatory can give any of it back.",
        only_signatory: "Only the authorised signatory can do this.",
    },
    done: DoneText {
        title: "Done",
        paused: "The access is paused. No call passes until you resume it.",
        resumed: "The access goes on, until its end.",
        limited: "The limits are saved and hold from now on.",
        unlimited: "All limits are taken off.",
        blocked: "The ASP is blocked. Its accesses have ended, and it can obtain nothing from you.",
        allowed: "The ASP is on your list.",
        unruled: "Your rule about this ASP is taken back. What ended does not come back.",
        list_on: "From now on only the ASPs on your list can ask for consent.",
        list_off: "Every ASP that is not blocked can ask for consent again.",
        window_on: |span| format!("API access is on. A consent given from now on holds for {span}."),
        window_off: "API access is off. All accesses have ended.",
        frozen: "Everything is frozen. No call passes, and no application can ask for consent.",
        thawed: "The freeze is lifted. What is still valid goes on.",
        unused: |days| format!("Access that is not used for {} now ends by itself.", count(i64::from(days), "day")),
        unused_never: "Access no longer ends because it is not used.",
        fine: "You said that this is fine. We do not ask about it again.",
        undo_pause: "Undo: resume the access…",
        undo_block: "Undo: lift the block…",
        undo_freeze: "Undo: lift the freeze…",
        edit_limits: "Change the limits again",
    },
    asked: Questions {
        pause: Asked {
            title: |asp| format!("Pause the access of {asp}?"),
            points: &[
                |asp| format!("From the moment you pause, no call of {asp} passes."),
                |_| {
                    "The access does not end: the authorised signatory can resume it at any time before its end."
                        .to_owned()
                },
                |_| "A pause does not make the access last longer.".to_owned(),
            ],
            button: |asp| format!("Pause the access of {asp}"),
        },
        resume: Asked {
            title: |asp| format!("Resume the access of {asp}?"),
            points: &[
                |asp| format!("{asp} can fetch your GST data again, within the limits that you set."),
                |_| "The access ends when it would have ended without the pause.".to_owned(),
            ],
            button: |asp| format!("Resume the access of {asp}"),
        },
        disown: Asked {
            title: |asp| format!("You did not give {asp} this access?"),
            points: &[
                |asp| {
                    format!(
                        "The access of {asp} ends at once, and {asp} is blocked: it can obtain nothing from you. An end cannot be undone."
                    )
                },
                |_| "Your report goes to GSTN, and you get a reference number.".to_owned(),
                |_| "If you gave the OTP to somebody and only want to stop now, revoke the access instead.".to_owned(),
            ],
            button: |_| "I did not give this: end and report it".to_owned(),
        },
        block: Asked {
            title: |asp| format!("Block {asp}?"),
            points: &[
                |asp| format!("{asp} can ask for no consent of yours any more, and you are told when it tries."),
                |_| "An access that ends does not come back when the block is lifted.".to_owned(),
                |_| "The authorised signatory can lift the block at any time.".to_owned(),
            ],
            button: |asp| format!("Block {asp}"),
        },
        unblock: Asked {
            title: |asp| format!("Lift the block of {asp}?"),
            points: &[
                |asp| format!("{asp} can ask for your consent again. It gets nothing unless you give it an OTP."),
                |_| "What ended does not come back.".to_owned(),
            ],
            button: |asp| format!("Lift the block of {asp}"),
        },
        allow: Asked {
            title: |asp| format!("Put {asp} on your list?"),
            points: &[|asp| {
                format!(
                    "{asp} can ask for consent also while only listed ASPs can. It gets nothing unless you give it an OTP."
                )
            }],
            button: |asp| format!("Put {asp} on the list"),
        },
        disallow: Asked {
            title: |asp| format!("Take {asp} off your list?"),
            points: &[
                |asp| format!("While only listed ASPs can ask, {asp} is refused."),
                |_| "Access that it has now goes on until its end, or until you revoke it.".to_owned(),
            ],
            button: |asp| format!("Take {asp} off the list"),
        },
        only_allowed: Asked {
            title: |_| "Let only listed ASPs ask?".to_owned(),
            points: &[
                |_| "Every ASP that is not on your list is refused when it asks for consent.".to_owned(),
                |_| "Access that is live now goes on until its end, or until you revoke it.".to_owned(),
            ],
            button: |_| "Let only listed ASPs ask".to_owned(),
        },
        every_asp: Asked {
            title: |_| "Let every ASP ask again?".to_owned(),
            points: &[|_| {
                "Every ASP that is not blocked can ask for consent. None gets anything unless you give it an OTP."
                    .to_owned()
            }],
            button: |_| "Let every ASP ask".to_owned(),
        },
        switch_off: Asked {
            title: |_| "Switch API access off?".to_owned(),
            points: &[
                |_| "From then on no application can ask for consent, and no call passes.".to_owned(),
                |_| {
                    "What ends does not come back when you switch on again: each application needs a new OTP."
                        .to_owned()
                },
            ],
            button: |_| "Switch API access off".to_owned(),
        },
        thaw: Asked {
            title: |_| "Lift the freeze?".to_owned(),
            points: &[
                |_| "Applications whose access is still valid can fetch your GST data again.".to_owned(),
                |_| "Applications can ask for consent again.".to_owned(),
            ],
            button: |_| "Lift the freeze".to_owned(),
        },
        ends: |n| match n {
            0 => "No access is live now: nothing ends.".to_owned(),
            1 => "1 access that is live now ends at once. This cannot be undone.".to_owned(),
            n => format!("{n} accesses that are live now end at once. This cannot be undone."),
        },
        cancel: "Cancel, change nothing",
        moot: "This is already so, or it is over. There is nothing to do.",
        back: "Back",
    },
    returns: ReturnNames {
        ledgers: "Ledgers",
        e_invoice: "E-invoices",
        e_way_bill: "E-way bills",
        other: "Everything else",
    },
};

fn count(n: i64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
