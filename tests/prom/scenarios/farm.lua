-- Two nodes that are this machine twice: one watched by an agent, one by node_exporter.
local p = hm.params {
  hub = { "http://127.0.0.1:8000", kind = "url" },
  first = { "127.0.0.1:1", about = "address of the agent" },
  second = { "127.0.0.1:1", about = "address of node_exporter" },
}

return hm.scenario {
  name = "exporters", api = 1,
  farm = hm.farm {
    hubs = { lab = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "prom-%d", create = true } } },
    placement = "any",
    nodes = {
      hm.node { "ms-01", role = "microserver", hub = "lab", metrics = hm.exporter("http://" .. p.first .. "/metrics") },
      hm.node {
        "ms-02", role = "microserver", hub = "lab",
        metrics = hm.exporter("http://" .. p.second .. "/metrics", { profile = "node_exporter" }),
      },
    },
  },
  notebooks = { n = hm.notebook { "n.ipynb", timeout = "30s" } },
  users = { agent = hm.user { mix = { n = 1 }, think = "500ms" } },
  load = { agents = hm.constant_users { user = "agent", on = "microserver", users = 2, duration = "20s", together = true } },
  sampling = { host = "1s" },
}
