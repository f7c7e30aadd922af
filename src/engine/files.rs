//! Room for files that wait to be written.
//!
//! The queues before the store are bounded in number, which is no bound for files: executed copies have up to 64 MiB each, and a disk may be
//! slow. So files are bounded in bytes as well, and who has one more waits.

use crate::port::FileContent;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// KiB of all files that wait.
const ROOM_KIB: u32 = 256 << 10;

/// The room. Cloning gives the same.
#[derive(Debug, Clone)]
pub(super) struct FileRoom(Arc<Semaphore>);

impl Default for FileRoom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KIB as usize)))
    }
}

/// A file in the room. The last one who has it gives the room back: mostly the store, when it has written it.
#[derive(Debug)]
struct Admitted<C> {
    content: C,
    _room: Option<OwnedSemaphorePermit>,
}

impl<C: FileContent> FileContent for Admitted<C> {
    fn bytes(&self) -> Vec<u8> {
        self.content.bytes()
    }

    fn size(&self) -> usize {
        self.content.size()
    }
}

impl FileRoom {
    /// Waits until there is room for a file. One that is larger than the room gets all of it.
    pub(super) async fn admit(&self, content: impl FileContent + 'static) -> Arc<dyn FileContent> {
        let kib = u32::try_from(content.size() >> 10).unwrap_or(ROOM_KIB).clamp(1, ROOM_KIB);
        // Nobody closes the semaphore, so there always is a permit.
        let room = Arc::clone(&self.0).acquire_many_owned(kib).await.ok();
        Arc::new(Admitted { content, _room: room })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    /// A file of so many MiB.
    #[derive(Debug)]
    struct Large(usize);

    impl FileContent for Large {
        fn bytes(&self) -> Vec<u8> {
            Vec::new()
        }

        fn size(&self) -> usize {
            self.0 << 20
        }
    }

    #[test]
    fn a_file_waits_until_those_before_it_left_room() {
        let room = FileRoom::default();
        let admitted = |mib| room.admit(Large(mib)).now_or_never();
        let (first, second) = (admitted(100).unwrap(), admitted(100).unwrap());
        assert!(admitted(100).is_none(), "256 MiB hold two");
        let store = Arc::clone(&first);
        drop(first);
        assert!(admitted(100).is_none(), "the store still has it");
        drop(store);
        let third = admitted(100).unwrap();
        drop((second, third));
        let huge = admitted(1000).expect("a file larger than the room would wait for ever");
        assert!(admitted(0).is_none());
        drop(huge);
        assert_eq!(admitted(0).map(|file| file.size()), Some(0));
    }
}
