-- Trains in a kernel and follows the loss that the code prints.
--   hubmark simulate scenarios/cookbook/training.lua
--   hubmark run      scenarios/cookbook/training.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 2, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

local setup = "w = 8.0"
local epoch = [[
loss = w * w
w -= 0.2 * w
print(f"loss={loss:.4f}")]]

local function train(user)
  local kernel = user:open_kernel {}
  kernel:execute(setup)
  for _ = 1, user.random:integer(3, 6) do
    local result = user:step("epoch", function() return kernel:execute(epoch, { timeout = "5m" }) end)
    user:metric("epochs", 1)
    local loss = tonumber(result.text:match("loss=([%d.]+)"))
    if loss then user:metric("loss", loss) end
    user:metric("epoch_time", result.duration_s)
  end
  user:think()
end

return hm.scenario {
  name = "training",
  about = "Training loops whose loss and speed are metrics of the report",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  metrics = {
    epochs = { kind = "counter", unit = "epochs", about = "epochs that were trained" },
    loss = { kind = "gauge", about = "loss of the last epoch" },
    epoch_time = { kind = "histogram", unit = "s", about = "time of one epoch" },
  },
  users = { researcher = hm.user { iterate = train, think = hm.exponential("10s") } },
  load = { people = hm.constant_users { user = "researcher", users = p.users, duration = p.length } },
  thresholds = { "metric.epoch_time.p95 < 5s", "metric.epochs.rate > 1/min" },
}
