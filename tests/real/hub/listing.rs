//! Many accounts at once.

use super::{hub_at, of, run};
use crate::support;
use crate::watch::until;
use hubmark::lab::{HubSettings, LabOptions};
use hubmark::port::Created;

#[test]
fn many_accounts_are_listed_in_pages_and_a_token_that_may_not_list_looks_at_each() {
    let config = "c.JupyterHub.api_page_max_limit = 7\n\
        c.JupyterHub.services.append({\"name\": \"looker\", \"api_token\": \"looker-of-a-test\"})\n\
        c.JupyterHub.load_roles.append({\"name\": \"looker\", \"services\": [\"looker\"], \"scopes\": [\"read:users\", \"read:servers\"]})\n";
    let lab = support::start(&LabOptions {
        hub: HubSettings { config: config.to_owned(), ..HubSettings::default() },
        ..support::options()
    });
    run(async {
        let hub = of(&lab);
        let names: Vec<String> = (0..20).map(|n| format!("list-{n:02}")).collect();
        for name in names.iter().step_by(2) {
            assert_eq!(hub.create_account(name).await.unwrap(), Created::Now);
        }
        let looker = hub_at(&lab.info().url, "looker-of-a-test");
        for (who, hub) in [("loadgen", &hub), ("looker", &looker)] {
            let found = hub.accounts(&names).await;
            let there: Vec<String> = found.into_iter().filter_map(|found| Some(found.unwrap()?.name)).collect();
            assert!(there.iter().eq(names.iter().step_by(2)), "{who}: {there:?}");
        }
        let log = lab.info().directory.join("hub.log");
        let asked =
            |what: &str| std::fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains(what)).count();
        // The hub writes a line after its answer.
        until("each account was looked at by the one that may not list", || {
            asked(" GET /hub/api/users/list-") == names.len()
        });
        assert_eq!(asked(" GET /hub/api/users?offset="), 2, "ten accounts, seven a page");
    });
    lab.stop().unwrap();
}
