#!/usr/bin/env bash
# Runs tests on a machine whose control groups are version 2: Debian's kernel in a virtual machine without hardware
# help, whose root is this machine's, read-only, with changes in memory. For machines that bind their controllers to
# version 1, as ours on CI do. It takes minutes, and is therefore no part of `./build.sh test`.
#
#   eng/version-2.sh                            the tests about control groups and the end of runs
#   eng/version-2.sh -class Writ.Server.Tests…  others, in the words of the test program
#
# Build tests/Writ.Server.Tests and out/ before. Needs root (its files are read as they are), qemu-system-x86,
# busybox-static, e2fsprogs and cpio.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shown=$PWD
vm=$PWD/artifacts/version-2
tests=Writ.Server.Tests.Running
[ $# -gt 0 ] || set -- -class $tests.DelegatedGroupTests -class $tests.CgroupTests -class $tests.EndingTests
for tool in qemu-system-x86_64 busybox mkfs.ext4 cpio; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "$0: run this as root" >&2; exit 1; }

# The kernel is unpacked, never installed. Another one is named by WRIT_KERNEL: a folder with what its packages hold.
# Debian has Linux 7.3 in two: linux-binary-*-amd64 and linux-modules-*-amd64 (not -cloud-, which has no 9p).
mkdir -p "$vm/initrd"/{bin,mod,proc,sys,dev,lower,rw,new}
kernel=${WRIT_KERNEL:-$vm/kernel}
if [ ! -d "$kernel" ]; then
  name=$(apt-cache depends linux-image-amd64 | awk '/Depends/ { print $2; exit }')
  (cd "$vm" && apt-get download -qq "$name" && dpkg-deb -x "$name"_*.deb kernel && rm "$name"_*.deb)
fi
image=$(find "$kernel" -name 'vmlinuz*' -type f | head -n 1)
rm -f "$vm"/initrd/mod/*
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk netfs fscache 9pnet \
  9pnet_virtio 9p overlay crc32c_generic crc32c-cryptoapi libcrc32c crc16 mbcache jbd2 ext4; do
  find "$kernel" -name "$module.ko" -exec cp {} "$vm/initrd/mod/" \;
  find "$kernel" -name "$module.ko.xz" -exec sh -c 'xz -dc "$1" > "$2/$3.ko"' sh {} "$vm/initrd/mod" "$module" \;
done
cp "$(command -v busybox)" "$vm/initrd/bin/busybox"
cat > "$vm/initrd/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc && mount -t sysfs sys /sys && mount -t devtmpfs dev /dev
# What one needs of another comes in an earlier turn.
for turn in 1 2 3 4 5; do for module in /mod/*.ko; do insmod $module 2>/dev/null; done; done
for turn in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; sleep 1; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 root /lower
mount -t tmpfs tmpfs /rw && mkdir /rw/upper /rw/work
mount -t overlay overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work /new
for place in proc sys dev; do mount --move /$place /new/$place; done
mkdir -p /new/dev/pts /new/dev/shm
mount -t devpts devpts /new/dev/pts && mount -t tmpfs shm /new/dev/shm && mount -t tmpfs run /new/run
mount -t ext4 /new/dev/vda /new/tmp && chmod 1777 /new/tmp
mount -t cgroup2 -o nsdelegate cgroup2 /new/sys/fs/cgroup
ip link set lo up
exec switch_root /new /bin/bash /tmp/start
INIT
chmod +x "$vm/initrd/init"
(cd "$vm/initrd" && find . | cpio -o -H newc --quiet | gzip -1) > "$vm/initrd.gz"

# As systemd does it for a service with Delegate=yes: a group of its own, with controllers, and one process in it.
mkdir -p "$vm/disk"
cat > "$vm/disk/start" <<START
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true DOTNET_NOLOGO=1 TERM=dumb
date -s "@$(date +%s)" >/dev/null
echo "+pids +memory" > /sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/system.slice/writd.service
echo "+pids +memory" > /sys/fs/cgroup/system.slice/cgroup.subtree_control
cd $shown
(
  echo \$BASHPID > /sys/fs/cgroup/system.slice/writd.service/cgroup.procs
  # One after the other: the group is divided while nothing else has been started in it.
  exec artifacts/bin/Writ.Server.Tests/debug/Writ.Server.Tests -noColor -parallel none $*
)
echo "tests ended with \$?"
echo o > /proc/sysrq-trigger
while :; do :; done
START
rm -f "$vm/disk.img"
truncate -s 8G "$vm/disk.img"
mkfs.ext4 -q -d "$vm/disk" "$vm/disk.img"
qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 4096 -smp 2 -nographic -no-reboot \
  -kernel "$image" -initrd "$vm/initrd.gz" \
  -drive "file=$vm/disk.img,format=raw,if=virtio,cache=unsafe" \
  -virtfs "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap" \
  -append "console=ttyS0 quiet panic=-1" </dev/null | tee "$vm/log"
grep -q "tests ended with 0" "$vm/log"
