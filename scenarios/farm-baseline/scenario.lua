-- The baseline of a farm: one agent per microserver works on notebooks whose kernels run on a GPU server, for hours.
--   hubmark check    scenarios/farm-baseline --preset farm16     who works where, on which GPU
--   hubmark simulate scenarios/farm-baseline --preset farm45     play it in virtual time, without a farm
--   hubmark run      scenarios/farm-baseline --preset small      two agents for two minutes, on any JupyterHub
--   hubmark run      scenarios/farm-baseline --preset farm16 --hub http://gx8:8000
--
-- A run reads the hub's API token from JUPYTERHUB_API_TOKEN. Names of machines are those of the pattern `ms-01`, `ms-02`, … and `--server`.

local p = hm.params {
  hub     = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  server  = { "gx8", about = "name of the GPU server: where kernels run" },
  agents  = { 16, min = 1, max = 500, about = "microservers, one agent each" },
  gpus    = { 16, min = 0, max = 64, about = "GPUs of the server, given to the agents in turn; 0 for none" },
  length  = { "4h", kind = "duration", about = "time at full load; of each step with --shape ladder" },
  mix     = { "torch", kind = "choice", choices = { "torch", "tensorflow", "plain" }, about = "libraries of the notebooks; plain needs none" },
  shape   = { "constant", kind = "choice", choices = { "constant", "ladder" }, about = "all agents at once, or 1, a quarter, half, all of them" },
  sources = { "exporters", kind = "choice", choices = { "exporters", "here" }, about = "hubmark agent on the server and node_exporter on the others, or this machine alone" },
  agent_token = { "", about = "where the token of the agents is that others reach, such as env:HUBMARK_AGENT_TOKEN" },
  agent_ca  = { "", about = "PEM file with the certificate authority of the agents, where they speak TLS" },
  at      = { "", about = "exporters that answer elsewhere than at their node's name: \"ms-01=10.0.0.1:9477 gx8=10.0.0.9:9477\"" },
  keep    = { "sample", kind = "choice", choices = { "failed", "sample", "all" }, about = "executed notebooks that are kept" },
  placement = { "declared", kind = "choice", choices = { "declared", "any" }, about = "what becomes of a run whose kernels are elsewhere" },
  presets = {
    -- Two agents, two minutes, on any hub: the lab's kernels have no numpy, so its notebooks are in plain Python.
    small  = { agents = 2, gpus = 0, length = "2m", mix = "plain", sources = "here" },
    farm16 = { agents = 16, gpus = 16, length = "4h" },
    farm45 = { agents = 45, gpus = 16, length = "4h" },
    ladder = { agents = 16, gpus = 16, length = "30m", shape = "ladder" },
  },
}

local function given(text)
  return text ~= "" and text or nil
end

local elsewhere = {}
for name, address in p.at:gmatch("([^%s=]+)=(%S+)") do
  elsewhere[name] = address
end

local function exporter(name, port, how)
  local scheme = how and how.ca and "https" or "http"
  local address = elsewhere[name] or name .. ":" .. port
  return p.sources == "exporters" and hm.exporter(scheme .. "://" .. address .. "/metrics", how) or nil
end

local nodes = {
  hm.node {
    p.server,
    role = "gpu_server",
    gpus = p.gpus > 0 and p.gpus or nil,
    metrics = exporter(p.server, 9477, { token = given(p.agent_token), ca = given(p.agent_ca) }) or "here",
    limits = { memory = "90%", gpu_memory = "95%", gpu_temperature = "88C" },
  },
  hm.nodes("ms-%02d", p.agents, function(i, name)
    return {
      role = "microserver",
      hub = "hub",
      gpus = p.gpus > 0 and { hm.gpu(p.server, (i - 1) % p.gpus) } or nil,
      metrics = exporter(name, 9100),
      limits = { memory = "85%" },
    }
  end),
}

local known = { [p.server] = true }
for i = 1, p.agents do
  known[("ms-%02d"):format(i)] = true
end
for name in pairs(elsewhere) do
  assert(known[name], "at: the farm has no node " .. name)
end

-- What an agent picks from. `expect` and `needs` are guesses for `check` and `simulate`; a run measures.
local trains = { gpu = "70%", cores = 1, memory = "3GiB", gpu_memory = "3GiB" }
local infers = { gpu = "50%", cores = 1, memory = "2GiB", gpu_memory = "2GiB" }
local computes = { cores = 2, memory = "2GiB" }
local mixes = {
  torch = {
    train    = { 5, hm.notebook { "notebooks/train_torch.ipynb", params = { epochs = 3 }, timeout = "20m", expect = "60s", needs = trains } },
    features = { 3, hm.notebook { "notebooks/features_sklearn.ipynb", timeout = "10m", expect = "25s", needs = computes } },
    infer    = { 2, hm.notebook { "notebooks/infer_torch.ipynb", timeout = "5m", expect = "10s", needs = infers } },
    linalg   = { 1, hm.notebook { "notebooks/linalg_numpy.ipynb", timeout = "5m", expect = "5s", needs = computes } },
  },
  tensorflow = {
    train    = { 5, hm.notebook { "notebooks/train_tensorflow.ipynb", params = { epochs = 3 }, timeout = "20m", expect = "60s", needs = trains } },
    features = { 3, hm.notebook { "notebooks/features_sklearn.ipynb", timeout = "10m", expect = "25s", needs = computes } },
    linalg   = { 1, hm.notebook { "notebooks/linalg_numpy.ipynb", timeout = "5m", expect = "5s", needs = computes } },
  },
  plain = {
    train    = { 5, hm.notebook { "notebooks/train_plain.ipynb", timeout = "1m", expect = "700ms" } },
    features = { 3, hm.notebook { "notebooks/features_plain.ipynb", timeout = "1m", expect = "400ms" } },
  },
}
local weights, notebooks = {}, {}
for name, entry in pairs(mixes[p.mix]) do
  weights[name], notebooks[name] = entry[1], entry[2]
end

-- 1, a quarter, half and all of the agents, each step as long as `length`; steps of one size are one step.
local function ladder()
  local stages, last = {}, 0
  for _, users in ipairs { 1, math.floor(p.agents / 4), math.floor(p.agents / 2), p.agents } do
    if users > last then
      stages[#stages + 1] = { users = users, duration = "0s" }
      stages[#stages + 1] = { users = users, duration = p.length }
      last = users
    end
  end
  return stages
end

local load
if p.shape == "ladder" then
  load = hm.ramping_users { user = "agent", on = "microserver", stages = ladder() }
else
  -- Servers and kernels are ready before anybody begins, then all begin at one moment.
  load = hm.constant_users { user = "agent", on = "microserver", users = p.agents, duration = p.length, together = true }
end

return hm.scenario {
  name = "farm-baseline",
  about = "One agent per microserver, kernels on the GPU server, for hours",
  api = 1,
  tags = { mix = p.mix },
  farm = hm.farm {
    kernels_on = "gpu_server",
    placement = p.placement,
    hubs = { hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } } },
    nodes = nodes,
  },
  notebooks = notebooks,
  users = {
    agent = hm.user { mix = weights, think = p.mix == "plain" and hm.exponential("1s") or hm.exponential("30s") },
  },
  load = { agents = load },
  sampling = { gpu = "1s", host = "5s", report = p.mix == "plain" and "30s" or "5m" },
  keep = p.keep,
  thresholds = {
    "task.failed.ratio < 5%",
    "spawn.duration.max < 5m",
  },
  on = {
    task_done = function(run, task)
      if task.outcome == "oom" then run:mark("out of memory on " .. task.node) end
    end,
  },
}
