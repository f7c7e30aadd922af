-- A GPU server with an agent, a microserver with a node_exporter, and one that a Prometheus watches. Kernels are on this machine.
local p = hm.params {
  hub        = { "http://127.0.0.1:8000", kind = "url" },
  agent      = { "127.0.0.1:1" },
  exporter   = { "127.0.0.1:1" },
  prometheus = { "127.0.0.1:1" },
  host       = { "localhost" },
  notebook   = { "n.ipynb" },
}
return hm.scenario {
  farm = hm.farm {
    kernels_on = "gpu_server",
    placement = "any",
    hubs = { hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "doctor-%02d", create = true } } },
    nodes = {
      hm.node { "gx8", role = "gpu_server", host = p.host, gpus = 1, metrics = hm.exporter("http://" .. p.agent .. "/metrics") },
      hm.node { "ms-01", role = "microserver", hub = "hub", gpus = { hm.gpu("gx8", 0) }, metrics = hm.exporter("http://" .. p.exporter .. "/metrics") },
      hm.node {
        "ms-02", role = "microserver", hub = "hub", gpus = { hm.gpu("gx8", 0) },
        metrics = hm.prometheus { url = "http://" .. p.prometheus, match = { node = "ms-02" } },
      },
    },
  },
  notebooks = { main = hm.notebook { p.notebook } },
  users = { agent = hm.user { mix = { main = 1 } } },
  load = { agents = hm.constant_users { user = "agent", on = "microserver", users = 2, duration = "5s" } },
}
