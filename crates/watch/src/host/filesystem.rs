//! Space and inodes of the local file systems: `/proc/self/mounts`, and `statvfs` of each.

use super::emit::Emit;
use super::source::Source;
use rustix::fs::{StatVfs, statvfs};

/// Kinds that hold data on this machine. Those that are read-only images are always full, those of memory are
/// counted as memory, and one on a server can block whoever asks it.
const KINDS: [&str; 15] =
    ["bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "jfs", "msdos", "ntfs", "ntfs3", "vfat", "xfs", "zfs"];

/// One mounted file system.
#[derive(Clone, Debug, PartialEq)]
struct Mount {
    device: String,
    mountpoint: String,
    kind: String,
}

/// The file systems worth telling, each device once, at its shortest mount point.
fn parse_mounts(text: &str) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = text.lines().filter_map(parse_mount).collect();
    mounts.sort_by_key(|mount| mount.mountpoint.len());
    let mut kept: Vec<Mount> = Vec::new();
    for mount in mounts {
        // What is mounted over another hides it.
        let seen = kept.iter().any(|other| other.device == mount.device || other.mountpoint == mount.mountpoint);
        if !seen {
            kept.push(mount);
        }
    }
    kept
}

fn parse_mount(line: &str) -> Option<Mount> {
    let mut words = line.split_ascii_whitespace();
    let (device, mountpoint, kind) = (words.next()?, words.next()?, words.next()?);
    // Inside a container the root is an overlay, and stands for the disk below it.
    let told = KINDS.contains(&kind) || (kind == "overlay" && mountpoint == "/");
    told.then(|| Mount { device: unescape(device), mountpoint: unescape(mountpoint), kind: kind.to_owned() })
}

/// The kernel writes blanks and backslashes in these files as `\040` and the like.
fn unescape(word: &str) -> String {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| byte == b'\\').and_then(octal);
        plain.push(code.unwrap_or(byte));
        rest = if code.is_some() { after.get(3..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

pub(super) fn collect(source: &mut Source, emit: &mut Emit<'_>) {
    let Some(mounts) = source.read("proc/self/mounts").map(parse_mounts) else { return };
    for mount in mounts {
        // A container's single files (`/etc/hosts`) are mounts too.
        let place = source.path(&mount.mountpoint);
        if !place.is_dir() {
            continue;
        }
        if let Ok(space) = statvfs(&place) {
            tell(&mount, &space, emit);
        }
    }
}

fn tell(mount: &Mount, space: &StatVfs, emit: &mut Emit<'_>) {
    let bytes = |blocks: u64| blocks as f64 * space.f_frsize as f64;
    let (free, available) = (bytes(space.f_bfree), bytes(space.f_bavail));
    let used = bytes(space.f_blocks) - free;
    for (state, bytes) in [("used", used), ("free", available), ("reserved", (free - available).max(0.0))] {
        let labels = [("device", &*mount.device), ("mountpoint", &*mount.mountpoint), ("state", state), ("type", &*mount.kind)];
        emit.gauge("system_filesystem_usage_bytes", "bytes", &labels, bytes);
    }
    let labels = [("device", &*mount.device), ("mountpoint", &*mount.mountpoint), ("type", &*mount.kind)];
    // As `df` counts: what is reserved for root is not there for anybody else.
    if used + available > 0.0 {
        emit.gauge("system_filesystem_utilization_ratio", "ratio", &labels, used / (used + available));
    }
    // Some file systems make inodes as they need them and have no number of them.
    if space.f_files > 0 {
        let taken = space.f_files.saturating_sub(space.f_ffree) as f64;
        emit.gauge("system_filesystem_inodes_utilization_ratio", "ratio", &labels, taken / space.f_files as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Machine;
    use super::*;
    use proptest::prelude::*;

    const MOUNTS: &str = "\
proc /proc proc rw,relatime 0 0
tmpfs /dev/shm tmpfs rw 0 0
/dev/vda2 /var/lib/kubelet/pods/1/volumes ext4 rw 0 0
/dev/vda2 / ext4 rw,relatime 0 0
/dev/sdb1 /mnt/my\\040disk\\134 xfs rw 0 0
server:/home /home nfs4 rw 0 0
overlay /var/lib/docker/overlay2/a/merged overlay rw 0 0
/dev/loop3 /snap/core/1 squashfs ro 0 0
tank/data /tank zfs rw 0 0
";

    #[test]
    fn keeps_each_local_disk_once() {
        let kept: Vec<String> =
            parse_mounts(MOUNTS).iter().map(|mount| format!("{} {} {}", mount.device, mount.mountpoint, mount.kind)).collect();
        insta::assert_snapshot!(kept.join("\n"), @r"
        /dev/vda2 / ext4
        tank/data /tank zfs
        /dev/sdb1 /mnt/my disk\ xfs
        ");
    }

    #[test]
    fn the_root_of_a_container_stands_for_its_disk() {
        let mounts = parse_mounts("overlay / overlay rw 0 0\n/dev/vda1 /etc/hosts ext4 rw 0 0\n");
        assert_eq!(mounts.iter().map(|mount| &*mount.mountpoint).collect::<Vec<_>>(), ["/", "/etc/hosts"]);
    }

    #[test]
    fn tells_the_space_of_each_folder_that_is_a_mount() {
        let machine = Machine::with(&[
            ("proc/self/mounts", "/dev/vda1 / ext4 rw 0 0\n/dev/vdb1 /gone ext4 rw 0 0\n/dev/vdc1 /etc/hosts ext4 rw 0 0\n"),
            ("etc/hosts", ""),
        ]);
        let told = machine.collect(collect);
        let names: Vec<&str> = told.lines.iter().filter_map(|line| line.split(" {").next()).collect();
        assert_eq!(names.iter().filter(|name| **name == "system_filesystem_utilization_ratio").count(), 1);
        assert!(told.lines.iter().all(|line| line.contains("mountpoint=/ ")), "{:?}", told.lines);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC*") {
            parse_mounts(&text);
            unescape(&text);
        }
    }
}
