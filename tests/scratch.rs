use hubmark::http::Secret;
use hubmark::plan::*;
use hubmark::port::*;
use std::time::Duration;
#[tokio::test(flavor = "current_thread")]
async fn t() {
    tokio::task::LocalSet::new().run_until(async {
    let url: url::Url = std::env::var("HUB").unwrap().parse().unwrap();
    let target = Target::Hub(HubTarget { url: url.clone(), token: SecretRef::Env("X".into()), accounts: Accounts::List { names: vec![] }, options: Default::default(), headers: Default::default(), ca: None });
    let hub = hubmark::hub::connect(&target, Some(Secret::new("t0k3n-loadgen", &url))).unwrap();
    println!("{:?}", hub.probe().await);
    println!("{:?}", hub.create_account("zz1").await);
    println!("{:?}", hub.create_account("zz1").await);
    let server = ServerRef { account: "zz1".into(), name: "".into() };
    let t = std::time::Instant::now();
    println!("{:?} {:?}", hub.start_server(&ServerRequest { server: server.clone(), options: Default::default(), timeout: Duration::from_secs(60) }).await, t.elapsed());
    println!("{:?}", hub.start_server(&ServerRequest { server: server.clone(), options: Default::default(), timeout: Duration::from_secs(60) }).await);
    println!("{:?}", hub.account("zz1").await);
    let t = std::time::Instant::now();
    let mut k = hub.open_kernel(&server, "python3").await.unwrap();
    println!("kernel {} {:?}", k.id(), t.elapsed());
    for (code, ms) in [("1+1", 5000), ("print('a'); print('b')", 5000), ("1/0", 5000), ("import time; time.sleep(60)", 500), ("2+2", 5000), ("input()", 5000), ("from IPython.display import *; h=display('x', display_id='d'); h.update('y'); clear_output(wait=True)", 5000), ("import os; os._exit(1)", 10000), ("3", 3000)] {
        let t = std::time::Instant::now();
        let r = k.execute(&CellRequest { code: code.into(), timeout: Duration::from_millis(ms), expect: None }, &mut |m| println!("   {m:?}")).await;
        println!("{code}: {r:?} {:?}", t.elapsed());
    }
    println!("{:?}", k.close().await);
    println!("{:?}", hub.stop_server(&server).await);
    println!("{:?}", hub.open_kernel(&server, "python3").await.err());
    println!("{:?}", hub.delete_account("zz1").await);
    println!("{:?}", hub.account("zz1").await);
    println!("{:?}", hub.start_server(&ServerRequest { server: server.clone(), options: Default::default(), timeout: Duration::from_secs(60) }).await);
    }).await;
}
