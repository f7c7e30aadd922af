return hm.scenario {
  hub = "http://127.0.0.1:8000,
}
