return hm.user {
  mix = { ok = 1 },
  thinks = "5s",
}
