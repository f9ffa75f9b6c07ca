//! Traffic with the disks: `/proc/diskstats`.

use super::emit::Emit;
use super::source::Source;

/// What the kernel means by a sector here, whatever the disk's own are.
const SECTOR_BYTES: f64 = 512.0;
/// Memory in the guise of a disk, images, and drives that are empty most of the time.
const NOT_DISKS: [&str; 5] = ["loop", "ram", "zram", "sr", "fd"];

/// One disk since the machine started.
#[derive(Debug, PartialEq)]
struct Disk {
    device: String,
    /// Operations completed: reads, writes.
    operations: [f64; 2],
    /// Bytes moved: read, written.
    bytes: [f64; 2],
    /// Seconds that operations took, those at the same time added up: reads, writes.
    operation_seconds: [f64; 2],
    /// Seconds in which anything was going on.
    busy_seconds: f64,
}

fn parse_diskstats(text: &str) -> Vec<Disk> {
    text.lines().filter_map(parse_disk).collect()
}

fn parse_disk(line: &str) -> Option<Disk> {
    let mut words = line.split_ascii_whitespace().skip(2);
    let device = words.next()?;
    let mut numbers = [0.0; 10];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    let [reads, _, sectors_read, reading_ms, writes, _, sectors_written, writing_ms, _, busy_ms] = numbers;
    let told = reads + writes > 0.0 && !NOT_DISKS.iter().any(|kind| is_numbered(device, kind));
    told.then(|| Disk {
        device: device.to_owned(),
        operations: [reads, writes],
        bytes: [sectors_read * SECTOR_BYTES, sectors_written * SECTOR_BYTES],
        operation_seconds: [reading_ms / 1000.0, writing_ms / 1000.0],
        busy_seconds: busy_ms / 1000.0,
    })
}

/// Whether a device is one of a kind: `loop3` is a `loop`, `sram` is not a `ram`.
fn is_numbered(device: &str, kind: &str) -> bool {
    device.strip_prefix(kind).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    let Some(disks) = source.read("proc/diskstats").map(parse_diskstats) else { return };
    let knows_blocks = source.path("/sys/block").is_dir();
    for disk in disks {
        // A partition has no entry of its own there; its traffic is in its disk's.
        let entry = source.path("/sys/block").join(disk.device.replace('/', "!"));
        if knows_blocks && !entry.exists() {
            continue;
        }
        tell(&disk, emit);
    }
}

fn tell(disk: &Disk, emit: &mut Emit<'_>) {
    let device = ("device", &*disk.device);
    for (way, direction) in ["read", "write"].into_iter().enumerate() {
        let labels = [device, ("direction", direction)];
        emit.counter("system_disk_io_bytes_total", "bytes", &labels, disk.bytes[way]);
        emit.counter("system_disk_operations_total", "", &labels, disk.operations[way]);
        emit.counter("system_disk_operation_time_seconds_total", "seconds", &labels, disk.operation_seconds[way]);
    }
    emit.counter("system_disk_io_time_seconds_total", "seconds", &[device], disk.busy_seconds);
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;

    const DISKSTATS: &str = "   7       0 loop0 5 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 100 10 2000 1500 50 5 1000 2500 0 3000 4000 5395 41 281384 605 422 19
 254       1 vda1 90 10 2000 1500 50 5 1000 2500 0 3000 4000
 259       0 nvme0n1 0 0 0 0 0 0 0 0 0 0 0
 104       0 cciss/c0d0 1 0 2 3 4 0 6 7 0 9 10
";

    #[test]
    fn tells_each_disk_that_was_used() {
        let machine = Machine::with(&[("proc/diskstats", DISKSTATS), ("sys/block/vda/size", "1")]);
        insta::assert_snapshot!(machine.collect(collect).text(), @r"
        system_disk_io_bytes_total {device=vda direction=read} 1024000 counter bytes
        system_disk_operations_total {device=vda direction=read} 100 counter -
        system_disk_operation_time_seconds_total {device=vda direction=read} 1.5 counter seconds
        system_disk_io_bytes_total {device=vda direction=write} 512000 counter bytes
        system_disk_operations_total {device=vda direction=write} 50 counter -
        system_disk_operation_time_seconds_total {device=vda direction=write} 2.5 counter seconds
        system_disk_io_time_seconds_total {device=vda} 3 counter seconds
        ");
    }

    #[test]
    fn a_device_in_a_subfolder_is_found() {
        let machine = Machine::with(&[("proc/diskstats", DISKSTATS), ("sys/block/cciss!c0d0/size", "1")]);
        let told = machine.collect(collect);
        assert!(told.lines.iter().all(|line| line.contains("device=cciss/c0d0")), "{:?}", told.lines);
        assert_eq!(told.lines.len(), 7);
    }

    #[test]
    fn a_short_line_is_left_out() {
        assert_eq!(parse_diskstats("8 0 sda 1 2 3\n\n8 0\n"), []);
        assert!(is_numbered("loop3", "loop") && !is_numbered("fdisk", "fd"));
    }
}
