//! What officers have to look at: told once, listed the oldest first, handled once.

use app::model::notice::{NoticeKind, OfficerNotice};
use jiff::SignedDuration;
use server::store::StoreError;
use uuid::Uuid;

use super::given::{Given, gstin};
use crate::support::database::on_both_engines;

impl Given {
    fn notice(&self, nth: usize, about: u128, minute: i32) -> OfficerNotice {
        let at = self.now + SignedDuration::from_mins(1) * minute;
        OfficerNotice {
            gstin: gstin(nth),
            id: self.id(at),
            kind: NoticeKind::DeliveryLate,
            about: Uuid::from_u128(about),
            at,
            detail: r#"{"channel":"email"}"#.into(),
            handled: None,
        }
    }

    async fn told(&self, notices: &[OfficerNotice]) -> Vec<Uuid> {
        let mut work = self.write().await;
        let new = work.add_notices(notices).await.expect("notices");
        work.commit().await.expect("commit");
        new
    }
}

async fn an_officer_is_told_of_a_thing_once_however_often_it_is_seen(given: Given) {
    let first = given.notice(0, 7, 0);
    let again = given.notice(0, 7, 5);
    let failed = OfficerNotice { kind: NoticeKind::DeliveryFailed, ..given.notice(0, 7, 6) };
    let others = given.notice(1, 7, 1);
    assert_eq!(given.told(std::slice::from_ref(&first)).await, [first.id]);
    assert_eq!(given.told(&[again, failed.clone(), others.clone()]).await.len(), 2);
    assert!(given.told(&[]).await.is_empty());
    let open = given.read().await.open_notices(None).await.expect("read");
    assert_eq!(open, [first, others, failed]);
}

async fn notices_come_the_oldest_first_page_by_page(given: Given) {
    let notices: Vec<_> = (0..70).map(|n| given.notice(0, n, i32::try_from(n).expect("small") % 7)).collect();
    given.told(&notices).await;
    let mut work = given.read().await;
    let first = work.open_notices(None).await.expect("read");
    let last = first.last().expect("a page");
    let second = work.open_notices(Some((last.at, last.id))).await.expect("read");
    assert_eq!((first.len(), second.len()), (50, 20));
    let all: Vec<_> = first.iter().chain(&second).map(|notice| (notice.at, notice.id)).collect();
    assert!(all.is_sorted() && all.windows(2).all(|two| two[0] != two[1]));
}

async fn a_notice_is_handled_once_and_kept(given: Given) {
    let notice = given.notice(0, 7, 0);
    given.told(std::slice::from_ref(&notice)).await;
    let mut work = given.write().await;
    work.handle_notice(gstin(0), notice.id, given.now, "officer").await.expect("handled");
    assert!(matches!(work.handle_notice(gstin(0), notice.id, given.now, "other").await, Err(StoreError::Conflict)));
    assert!(matches!(work.handle_notice(gstin(1), notice.id, given.now, "x").await, Err(StoreError::Conflict)));
    work.commit().await.expect("commit");
    assert!(given.read().await.open_notices(None).await.expect("read").is_empty());
    assert_eq!(given.database.count("select count(*) from officer_notice where handled_by = 'officer'").await, 1);
    assert!(given.database.run("delete from officer_notice").await.is_err());
}

async fn open_notices_are_counted_up_to_a_bound_and_one_is_found_by_its_id(given: Given) {
    let notices: Vec<_> = (0..5).map(|n| given.notice(0, n, 0)).collect();
    given.told(&notices).await;
    let mut work = given.write().await;
    work.handle_notice(gstin(0), notices[0].id, given.now, "officer").await.expect("handled");
    work.commit().await.expect("commit");
    let mut work = given.read().await;
    for (up_to, counted) in [(10, 4), (3, 3)] {
        assert_eq!(work.count_open_notices(up_to).await.expect("read"), counted);
    }
    let handled = OfficerNotice { handled: Some((given.now, "officer".into())), ..notices[0].clone() };
    for notice in [&handled, &notices[1]] {
        assert_eq!(work.notice(gstin(0), notice.id).await.expect("read").as_ref(), Some(notice));
    }
    assert_eq!(work.notice(gstin(1), notices[1].id).await.expect("read"), None, "another taxpayer's");
}

on_both_engines!(super::Given::new:
    an_officer_is_told_of_a_thing_once_however_often_it_is_seen,
    notices_come_the_oldest_first_page_by_page,
    a_notice_is_handled_once_and_kept,
    open_notices_are_counted_up_to_a_bound_and_one_is_found_by_its_id,
);
