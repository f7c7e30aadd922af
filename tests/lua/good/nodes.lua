-- args: --agents 3
-- A farm with roles: who works where, by role, name, labels and function; metrics from all sources.
local p = hm.params { agents = { 16, min = 1, max = 500 } }

local farm = hm.farm {
  kernels_on = "gpu_server",
  placement = "any",
  hubs = { gx8 = "http://127.0.0.1:8000", spare = "http://127.0.0.1:8001" },
  nodes = {
    hm.node {
      "gx8",
      role = "gpu_server",
      host = "gx8-a.example.org",
      gpus = 2,
      metrics = hm.exporter("http://gx8:9477/metrics?collect=gpu", { profile = "hubmark", token = "file:agent.token", ca = "ca.pem" }),
      limits = { cpu = "95%", memory = "90%", gpu_memory = "95%", gpu_temperature = "88C" },
    },
    hm.nodes("ms-%02d", p.agents, function(i, name)
      return {
        role = "microserver",
        hub = "gx8",
        gpus = { hm.gpu("gx8", (i - 1) % 2) },
        labels = { rack = i < 3 and "a" or "b" },
        limits = { memory = "85%" },
        metrics = hm.exporter("http://" .. name .. ":9100/metrics"),
      }
    end),
    hm.node {
      "spare.1",
      role = "microserver",
      hub = "spare",
      account = "ada",
      server = "mine",
      spawn = { profile = "cpu", options = { memory_gib = 4 } },
      gpus = { hm.gpu("spare.1", "GPU-6f1d0f9a-0000-0000-0000-000000000000") },
      metrics = hm.prometheus { "http://127.0.0.1:9090", match = { instance = "spare-1:9100" }, token = "env:HUBMARK_PROM" },
    },
    hm.node { "here", role = "microserver", metrics = "here" },
  },
}

local function load(on, users, more)
  local fields = { user = "agent", users = users, duration = "5m", on = on }
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  return hm.constant_users(fields)
end

return hm.scenario {
  farm = farm,
  notebooks = { ok = "notebooks/n.ipynb" },
  users = { agent = hm.user { mix = { ok = 1 } } },
  load = {
    by_default = load(nil, 4),
    by_role = load("microserver", 2),
    by_hub = load("gx8", 2),
    by_name = load({ "ms-02", "ms-02" }, 3, { per_node = 3 }),
    by_labels = load({ rack = "a" }, 2),
    by_function = load(function(labels)
      return labels.hub == "gx8" and labels.rack ~= "a"
    end, 1),
  },
}
