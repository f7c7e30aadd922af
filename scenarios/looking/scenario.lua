-- Looks at machines while agents work: agents begin together, a hot GPU is marked once, and at the end the log says how the farm stood.
local p = hm.params {
  hub = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  prometheus = { "http://127.0.0.1:9090", kind = "url", about = "Prometheus that watches the farm" },
  exporter = { "http://127.0.0.1:9477/metrics", kind = "url", about = "the GPU server's page of metrics" },
  agents = { 4, min = 1, max = 16, about = "microservers, one agent and one GPU each" },
  length = { "10m", kind = "duration", about = "how long agents work" },
  hot = { 85, about = "temperature of a GPU that is marked, Celsius" },
}

local farm = hm.farm {
  kernels_on = "gpu_server",
  placement = "any",
  hubs = { lab = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "look-%02d", create = true } } },
  nodes = {
    hm.node { "gx8", role = "gpu_server", gpus = 16, metrics = hm.exporter(p.exporter) },
    hm.nodes("ms-%02d", p.agents, function(i)
      return { role = "microserver", hub = "lab", gpus = { hm.gpu("gx8", i - 1) } }
    end),
  },
}

local function work(user)
  local run = user.run
  if user.iteration == 1 then
    run.shared:wait("everybody is ready", p.agents, { timeout = "5m" })
  end
  local task = user:run("train")
  run.shared:add("tasks of " .. user.node)
  user:check("learned", task.outcome == "ok")
  user:think()
end

local function say_how_it_began(run)
  local host = run:host("gx8")
  run.log:info("the GPU server", { load1 = host.load1, memory_used_bytes = host.memory_used_bytes })
  if not run.simulated then
    local up = run:prom("farm"):query("count(up == 1)")
    run.log:info("targets that Prometheus reaches", { up = up.value })
  end
end

local function mark_hot_gpus(run, task)
  local gpu = run:gpu(task.node, 0)
  if gpu.temperature_c and gpu.temperature_c > p.hot and run.shared:add("hot " .. task.node) == 1 then
    run:mark("the GPU of " .. task.node .. " has " .. gpu.temperature_c .. " C")
  end
end

local function say_how_it_ended(run)
  local tasks = run:stats("task.duration")
  local hub = run:hub("lab")
  run.log:info("tasks", { count = tasks.count, p50 = tasks.p50, p95 = tasks.p95 })
  run.log:info("the hub", { version = hub:info().version, users = #hub:users(), servers = #hub:servers() })
  run.log:info("tasks of the first agent", { count = run.shared:count("tasks of ms-01") })
end

return hm.scenario {
  name = "looking", about = "Looks at machines, the hub and Prometheus while agents work", api = 1,
  farm = farm,
  prometheus = { farm = hm.prometheus { p.prometheus } },
  notebooks = { train = hm.notebook { "text.ipynb", timeout = "5m", expect = "40s", needs = { gpu = "80%" } } },
  users = { agent = hm.user { start = function(user) user:start_server {} end, iterate = work, think = "10s" } },
  load = { agents = hm.constant_users { user = "agent", on = "microserver", users = p.agents, duration = p.length } },
  on = { setup = say_how_it_began, task_done = mark_hot_gpus, teardown = say_how_it_ended },
}
