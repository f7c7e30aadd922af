-- A user of one's own that does everything its calls can do, on a real hub.
local p = hm.params {
  hub = { kind = "url", about = "JupyterHub to drive" },
  prefix = { "own", about = "beginning of the accounts' names" },
}

local kernel -- of the whole visit

local function start(user)
  local server = user:start_server { timeout = "2m" }
  assert(server.spawn_s > 0)
  kernel = user:open_kernel { spec = "python3" }
end

local function files(user)
  local bytes = "a,b\n1,\0\255\n"
  user:put("in.csv", bytes)
  user:check("same bytes", user:get("in.csv") == bytes)
  local _, failure = user:try(function() return user:get("none.csv") end)
  user:check("no such file", failure ~= nil and failure.kind == "file_error" and failure.status == 404)
end

local function code(user)
  local result = kernel:execute("print('loss=0.25')\n6 * 7", { timeout = "30s" })
  user:check("text", result.status == "ok" and result.text == "loss=0.25\n42")
  user:metric("loss", tonumber(result.text:match("loss=([%d.]+)")))
  user:metric("cells", 1)
  local wrong = kernel:execute("state = 1\n1 / 0")
  user:check("error", wrong.status == "error" and wrong.error.name == "ZeroDivisionError")
  kernel:restart()
  local again = kernel:execute("'state' in dir()")
  user:check("restarted", again.text == "False" and again.count == 1)
  local _, late = user:try(function() return kernel:execute("import time\ntime.sleep(60)", { timeout = "500ms" }) end)
  user:check("timeout", late ~= nil and late.kind == "cell_timeout" and late.retryable)
  user:check("goes on", kernel:execute("1 + 1").text == "2")
  user:check("flood", kernel:execute("for i in range(12): print('x' * 1_000_000)").truncated)
end

local function iterate(user)
  user:step("files", function() files(user) end)
  user:step("code", function() code(user) end)
  local other = user:open_kernel {}
  other:interrupt()
  user:check("two kernels", other:execute("'loss' in dir()").text == "False")
  local task = user:run("tiny", { params = { n = user.iteration } })
  user:check("notebook", task.outcome == "ok")
  user.data.iterations = (user.data.iterations or 0) + 1
  user:think()
  if user.iteration == 3 then
    return user.nothing
  end
end

return hm.scenario {
  name = "own",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = p.prefix .. "-%d", create = true } },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb", timeout = "30s", params = { base = 5 } } },
  metrics = { loss = { kind = "gauge" }, cells = { kind = "counter" } },
  users = {
    person = hm.user {
      start = start,
      iterate = iterate,
      stop = function(user)
        user:stop_server()
        user:delete()
        user.run:mark("deleted " .. user.account)
      end,
      think = "200ms",
    },
  },
  load = { people = hm.per_user_iterations { user = "person", users = 2, iterations = 3, at_most = "3m" } },
  thresholds = {
    "check.ok.ratio each check >= 100%",
    "step.duration{step=code}.max < 60s",
    "metric.cells.count >= 6",
    "metric.loss.max <= 0.25",
  },
  sampling = { host = "1s", report = "5s" },
}
