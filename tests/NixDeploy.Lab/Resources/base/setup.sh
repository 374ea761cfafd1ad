#!/bin/sh
# Runs once inside the freshly bootstrapped root that all hosts of all labs share (read-only, below an overlay):
# makes of a minimal Debian something that a NixOS deployer takes for a NixOS host.
set -eu

# The marks of NixOS.
touch /etc/NIXOS
mkdir -p /var/lib/lab /etc/nix /boot /nix/store /nix/var/nix/profiles /nix/var/nix/gcroots
ln -sfn /run/current-system /nix/var/nix/gcroots/current-system
ln -sfn /run/current-system/etc /etc/static
for file in fstab systemd/system.conf; do ln -sfn "/etc/static/$file" "/etc/$file"; done
ln -sfn /run/booted-system /nix/var/nix/gcroots/booted-system
ln -sfn /nix/var/nix/profiles /nix/var/nix/gcroots/profiles
cat >/etc/nix/nix.conf <<'EOF'
build-users-group =
experimental-features = nix-command flakes
sandbox = false
substituters =
EOF

# Logging in: root and an ordinary user with sudo, by key only; no DNS, and no penalties for tests that fail to log in.
useradd --create-home --shell /bin/sh --password '*' deployer
printf 'deployer ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/deployer
chmod 0440 /etc/sudoers.d/deployer
rm -f /etc/ssh/ssh_host_*
cat >/etc/ssh/sshd_config.d/lab.conf <<'EOF'
HostKey /etc/ssh/ssh_host_ed25519_key
MaxStartups 100
PasswordAuthentication no
PermitRootLogin prohibit-password
PerSourcePenalties no
UseDNS no
EOF

# systemd as on NixOS: units get no PATH to the system's tools unless they ask for one.
mkdir -p /etc/systemd/system.conf.d /etc/systemd/journald.conf.d
cat >/etc/systemd/system.conf.d/lab.conf <<'EOF'
[Manager]
DefaultEnvironment=PATH=/run/lab/no-path
DefaultTimeoutStopSec=10s
EOF
cat >/etc/systemd/journald.conf.d/lab.conf <<'EOF'
[Journal]
Storage=persistent
SystemMaxUse=32M
EOF

# What only costs time: at each login a greeting, at each boot and daemon-reload generators of units that no host has.
sed -i /pam_motd/d /etc/pam.d/sshd
for generator in /usr/lib/systemd/system-generators/*; do
  ln -sfn /dev/null "/etc/systemd/system-generators/${generator##*/}"
done
for unit in apt-daily.timer apt-daily-upgrade.timer console-getty.service dev-hugepages.mount dev-mqueue.mount dpkg-db-backup.timer \
    getty.target ldconfig.service sys-fs-fuse-connections.mount systemd-journal-catalog-update.service systemd-update-done.service; do
  ln -sfn /dev/null "/etc/systemd/system/$unit"
done

# As on NixOS, /etc has the units of the system that runs, and no others: Debian's own settings for its units move elsewhere.
mkdir -p /usr/local/lib/systemd
mv /etc/systemd/system /usr/local/lib/systemd/system
ln -s /etc/static/systemd/system /etc/systemd/system
: >/etc/resolv.conf
: >/etc/machine-id
