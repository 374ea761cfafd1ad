{
  description = "The lab's fleet: real hosts on this machine. To change a host, edit its file in hosts/ and deploy again.";
  outputs = _: { nixosConfigurations = import ./fleet.nix; };
}
