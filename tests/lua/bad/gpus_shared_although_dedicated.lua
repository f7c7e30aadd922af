return hm.scenario {
  farm = hm.farm {
    hubs = {
      gx8 = "http://127.0.0.1:8000",
    },
    dedicated = true,
    nodes = {
      hm.node { "gx8", role = "gpu_server" },
      hm.nodes("ms-%02d", 3, function(i)
        return { role = "microserver", hub = "gx8", gpus = { hm.gpu("gx8", (i - 1) % 2) } }
      end),
    },
  },
  notebooks = { ok = hm.notebook { "nb/ok.ipynb" } },
  users = { agent = hm.user { mix = { ok = 1 } } },
  load = {
    agents = hm.constant_users {
      user = "agent", users = 1, duration = "5m"
    },
  },
}
