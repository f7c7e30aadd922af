//! GPUs of AMD and Intel, as far as their drivers tell in `/sys/class/drm`.

use super::device::{Driver, GpuError, GpuEvent, GpuInfo, GpuProcess, GpuSample, Gpus, Reading, Stamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Makers by the number that PCI knows them by.
const MAKERS: [(&str, &str); 2] = [("0x1002", "AMD"), ("0x8086", "Intel")];

/// What a card must have one of to count as a GPU that can be sampled: display adapters and processors' own graphics have none.
const TELLS: [&str; 3] = ["gpu_busy_percent", "mem_info_vram_total", "energy1_input"];

/// Cards that the kernel lists. The folder is configuration, so that tests run on a tree of their own.
pub struct Sysfs {
    folder: PathBuf,
    stamp: Stamp,
}

impl Sysfs {
    /// The cards of this machine.
    #[must_use]
    pub fn new(stamp: Stamp) -> Self {
        Self::at(Path::new("/sys/class/drm"), stamp)
    }

    /// The cards that stand in a folder.
    #[must_use]
    pub fn at(folder: &Path, stamp: Stamp) -> Self {
        Self { folder: folder.to_owned(), stamp }
    }
}

impl Driver for Sysfs {
    fn gpus(&self) -> Box<dyn Gpus + '_> {
        Box::new(Cards { sysfs: self, known: Vec::new() })
    }

    /// That of the kernel: these drivers are part of it.
    fn version(&self) -> String {
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        format!("Linux {release}")
    }
}

struct Cards<'s> {
    sysfs: &'s Sysfs,
    known: Vec<Card>,
}

/// One card and where its files are.
struct Card {
    info: GpuInfo,
    device: PathBuf,
    sensors: Option<PathBuf>,
}

impl Card {
    fn find(card: &Path) -> Option<Self> {
        let device = card.join("device");
        let vendor = text(&device.join("vendor"))?;
        let (_, maker) = MAKERS.into_iter().find(|(number, _)| *number == vendor)?;
        let sensors = folders(&device.join("hwmon")).into_iter().next();
        let has = |name: &str| {
            device.join(name).exists() || sensors.as_ref().is_some_and(|sensors| sensors.join(name).exists())
        };
        TELLS.iter().find(|name| has(name))?;
        let slot = || {
            let events = text(&device.join("uevent"))?;
            Some(events.lines().find_map(|line| line.strip_prefix("PCI_SLOT_NAME="))?.to_owned())
        };
        let uuid = text(&device.join("unique_id")).or_else(slot)?;
        let model = text(&device.join("product_name")).filter(|name| !name.is_empty());
        let model = model.or_else(|| text(&device.join("device"))).unwrap_or_default();
        let limit = sensors.as_ref().and_then(|sensors| number::<f64>(&sensors.join("power1_cap")));
        let info = GpuInfo {
            uuid: Arc::from(format!("{maker}-{uuid}")),
            index: 0,
            name: if model.starts_with(maker) { model } else { format!("{maker} {model}") },
            memory_bytes: number(&device.join("mem_info_vram_total")),
            power_limit_w: limit.map(|microwatts| microwatts / 1e6),
            mig: None,
            max_sm_hz: None,
            max_memory_hz: None,
            simulated: false,
        };
        Some(Self { info, device, sensors })
    }

    fn read(&self, stamp: &Stamp, out: &mut GpuSample) {
        let of_device = |name: &str| number::<u64>(&self.device.join(name));
        let of_sensor = |name: &str| number::<u64>(&self.sensors.as_ref()?.join(name));
        let now = |value: u64| Reading { at_ns: stamp(), value };
        out.busy_ratio =
            of_device("gpu_busy_percent").map(|percent| Reading { at_ns: stamp(), value: percent as f64 / 100.0 });
        out.memory_used = of_device("mem_info_vram_used").map(now);
        out.memory_total = of_device("mem_info_vram_total").map(now);
        // Microwatts: newer drivers tell the instant, older ones a mean of their own.
        out.power_mw = of_sensor("power1_input").or_else(|| of_sensor("power1_average")).map(|uw| now(uw / 1000));
        out.energy_mj = of_sensor("energy1_input").map(|microjoules| now(microjoules / 1000));
        let small = |name: &str, unit: u64| Some(u32::try_from(of_sensor(name)? / unit).unwrap_or(u32::MAX));
        let reading = |value: u32| Reading { at_ns: stamp(), value };
        out.temperature_c = small("temp1_input", 1000).map(reading);
        out.clocks_mhz =
            [small("freq1_input", 1_000_000), small("freq2_input", 1_000_000), None].map(|c| c.map(reading));
    }
}

impl Gpus for Cards<'_> {
    fn inventory(&mut self) -> Result<Vec<GpuInfo>, GpuError> {
        // Beside `card0` stand `card0-DP-1` and others, which are its connectors.
        let is_card = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("card"));
            name.is_some_and(|number| number.parse::<u32>().is_ok())
        };
        let cards = folders(&self.sysfs.folder).into_iter().filter(is_card);
        self.known = cards.filter_map(|card| Card::find(&card)).collect();
        for (index, card) in self.known.iter_mut().enumerate() {
            card.info.index = u32::try_from(index).unwrap_or(u32::MAX);
        }
        Ok(self.known.iter().map(|card| card.info.clone()).collect())
    }

    fn sample(&mut self, uuid: &str, out: &mut GpuSample) -> Result<(), GpuError> {
        *out = GpuSample::default();
        let there = |card: &&Card| *card.info.uuid == *uuid && card.device.join("vendor").exists();
        if self.known.iter().find(there).is_none() {
            self.inventory()?;
        }
        let card = self.known.iter().find(there).ok_or(GpuError::Lost)?;
        card.read(&self.sysfs.stamp, out);
        Ok(())
    }

    fn processes(&mut self, _: &str, _: &mut Vec<GpuProcess>) -> Result<(), GpuError> {
        Err(GpuError::Unsupported("these drivers do not list processes".to_owned()))
    }

    fn events(&mut self, _: Duration) -> Result<Vec<GpuEvent>, GpuError> {
        Err(GpuError::Unsupported("these drivers report none".to_owned()))
    }

    fn notices(&mut self) -> Vec<String> {
        vec![]
    }
}

/// Entries of a folder in order of their names; none where there is no folder.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn text(file: &Path) -> Option<String> {
    fs::read_to_string(file).ok().map(|text| text.trim().to_owned())
}

fn number<T: FromStr>(file: &Path) -> Option<T> {
    text(file)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn cards_of_amd_and_intel_tell_what_their_files_hold() {
        let root = tree(&[
            ("card0/device/vendor", "0x1002\n"),
            ("card0/device/unique_id", "b2f9d1c04a7e\n"),
            ("card0/device/product_name", "Instinct MI210\n"),
            ("card0/device/gpu_busy_percent", "83\n"),
            ("card0/device/mem_info_vram_used", "1073741824\n"),
            ("card0/device/mem_info_vram_total", "68719476736\n"),
            ("card0/device/hwmon/hwmon3/power1_average", "181000000\n"),
            ("card0/device/hwmon/hwmon3/power1_cap", "300000000\n"),
            ("card0/device/hwmon/hwmon3/temp1_input", "61000\n"),
            ("card0/device/hwmon/hwmon3/freq1_input", "1700000000\n"),
            ("card0-DP-1/status", "connected\n"),
            ("card1/device/vendor", "0x8086\n"),
            ("card1/device/device", "0x56c0\n"),
            ("card1/device/uevent", "DRIVER=i915\nPCI_SLOT_NAME=0000:3a:00.0\n"),
            ("card1/device/hwmon/hwmon4/energy1_input", "123456789\n"),
            ("card2/device/vendor", "0x8086\n"),
            ("card2/device/uevent", "PCI_SLOT_NAME=0000:00:02.0\n"),
            ("card3/device/vendor", "0x1a03\n"),
        ]);
        let driver = Sysfs::at(root.path(), Arc::new(|| 7));
        let mut gpus = driver.gpus();
        let found = gpus.inventory().unwrap();
        let named: Vec<(u32, &str, &str)> =
            found.iter().map(|gpu| (gpu.index, &*gpu.uuid, gpu.name.as_str())).collect();
        let wanted = [(0, "AMD-b2f9d1c04a7e", "AMD Instinct MI210"), (1, "Intel-0000:3a:00.0", "Intel 0x56c0")];
        assert_eq!(named, wanted, "graphics that tell nothing and other makers' adapters are no GPUs");
        assert_eq!((found[0].memory_bytes, found[0].power_limit_w), (Some(64 << 30), Some(300.0)));
        let mut look = GpuSample::default();
        gpus.sample(&found[0].uuid, &mut look).unwrap();
        assert_eq!(look.busy_ratio, Some(Reading { at_ns: 7, value: 0.83 }));
        assert_eq!(look.power_mw.map(|reading| reading.value), Some(181_000));
        assert_eq!(look.temperature_c.map(|reading| reading.value), Some(61));
        assert_eq!(look.clocks_mhz.map(|clock| clock.map(|reading| reading.value)), [Some(1700), None, None]);
        assert_eq!(look.energy_mj, None);
        gpus.sample(&found[1].uuid, &mut look).unwrap();
        assert_eq!((look.energy_mj.map(|reading| reading.value), look.busy_ratio), (Some(123_456), None));
        fs::remove_dir_all(root.path().join("card0")).unwrap();
        assert_eq!(gpus.sample(&found[0].uuid, &mut look), Err(GpuError::Lost));
        assert_eq!(gpus.sample(&found[1].uuid, &mut look), Ok(()));
    }

    #[test]
    fn a_machine_without_cards_has_none() {
        let root = tree(&[]);
        assert_eq!(Sysfs::at(&root.path().join("drm"), Arc::new(|| 0)).gpus().inventory(), Ok(vec![]));
    }
}
