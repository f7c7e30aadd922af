-- A farm of 45 microservers whose truth is known: what does the report say of it? `run.py` plants one fault at a time.
local p = hm.params {
  agents = { 45, min = 2, max = 500, about = "microservers" },
  length = { "4h", kind = "duration", about = "time under load" },
  cores = { 64, min = 1, max = 512, about = "processors of the GPU server" },
  kernels = { "gpu_server", kind = "choice", choices = { "gpu_server", "microserver" }, about = "where kernels run" },
  uneven = { false, about = "give the last microserver another mix" },
}

local own = p.kernels == "microserver"
local mix = { train = 5, features = 3, infer = 2 }
local users = { agent = hm.user { mix = mix, think = hm.exponential("30s") } }
local even = p.uneven and p.agents - 1 or p.agents
local load = {
  agents = hm.constant_users { user = "agent", on = { group = "even" }, users = even, duration = p.length, together = true },
}
if p.uneven then
  users.other = hm.user { mix = { train = 9, features = 1 }, think = hm.exponential("30s") }
  load.other = hm.constant_users { user = "other", on = { group = "other" }, users = 1, duration = p.length, together = true }
end

return hm.scenario {
  name = "diagnosis",
  farm = hm.farm {
    kernels_on = p.kernels,
    hubs = { gx8 = hm.hub { url = "http://127.0.0.1:8000", accounts = hm.accounts { pattern = "hubmark-%04d", create = true } } },
    nodes = {
      hm.node { "gx8", role = "gpu_server", size = { cores = p.cores, memory = "512GiB", gpu_memory = "80GiB" }, limits = { memory = "90%" } },
      hm.nodes("ms-%02d", p.agents, function(i, name)
        return {
          role = "microserver", hub = "gx8", labels = { group = i <= even and "even" or "other" },
          gpus = { hm.gpu(own and name or "gx8", own and 0 or i - 1) }, limits = { memory = "85%" },
        }
      end),
    },
  },
  notebooks = {
    train = hm.notebook { "notebooks/train.ipynb", expect = "120s", needs = { gpu = "60%", cores = 1, memory = "1GiB", gpu_memory = "8GiB" } },
    features = hm.notebook { "notebooks/features.ipynb", expect = "45s", needs = { cores = 1, memory = "2GiB" } },
    infer = hm.notebook { "notebooks/infer.ipynb", expect = "20s", needs = { gpu = "40%", cores = 1, memory = "1GiB", gpu_memory = "4GiB" } },
  },
  users = users,
  load = load,
  sampling = { host = "30s", report = "5m" },
}
