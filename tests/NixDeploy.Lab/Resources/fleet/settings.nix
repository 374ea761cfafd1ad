{
  enable = true;
  strategy = "smart";
  parallel-limit = 4;
  health-check-timeout = 120;
  auto-rollback = true;
}
