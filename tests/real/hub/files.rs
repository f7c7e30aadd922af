//! Files on a user's server.

use super::{run, shared, texts, with_kernel, without};
use crate::rows::row;
use hubmark::event::Outcome;

#[test]
fn a_file_comes_back_as_it_was_written_text_or_not() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "files-both").await;
        let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let text = "ümlaut\r\nline\n".as_bytes();
        for (path, bytes) in [("text ü.txt", text), ("raw#.bin", large.as_slice()), ("empty", b"")] {
            hub.put_file(&server, path, bytes.into()).await.unwrap();
            assert!(hub.get_file(&server, path).await.unwrap() == bytes, "{path}");
        }
        hub.put_file(&server, "a.ipynb", b"{\"no\": \"notebook\"}".as_slice().into()).await.unwrap();
        assert_eq!(hub.get_file(&server, "a.ipynb").await.unwrap(), b"{\"no\": \"notebook\"}");
        assert_eq!(texts(&mut kernel, "open('text ü.txt', 'rb').read()").await, [r"b'\xc3\xbcmlaut\r\nline\n'"]);
        without(&hub, "files-both").await;
    });
}

#[test]
fn a_file_that_cannot_be_had_is_a_file_error_with_the_servers_words() {
    run(async {
        let hub = shared();
        let (server, _kernel) = with_kernel(&hub, "files-none").await;
        let missing = hub.get_file(&server, "none.txt").await.unwrap_err();
        row("file read that is not there", &missing);
        assert_eq!((missing.outcome, missing.status), (Outcome::FileError, Some(404)), "{missing}");
        assert!(missing.message.contains("does not exist") && !missing.message.contains('"'), "{missing}");
        let nowhere = hub.put_file(&server, "no/such/folder.txt", b"x".as_slice().into()).await.unwrap_err();
        row("file written into a folder that is not there", &nowhere);
        assert_eq!((nowhere.outcome, nowhere.status), (Outcome::FileError, Some(500)), "{nowhere}");
        without(&hub, "files-none").await;
        let gone = hub.get_file(&server, "none.txt").await.unwrap_err();
        assert_eq!(gone.outcome, Outcome::ServerStopped, "{gone}");
    });
}
