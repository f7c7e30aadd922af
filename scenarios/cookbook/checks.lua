-- Checks what comes out: values, kinds of output, and errors that should be there.
--   hubmark simulate scenarios/cookbook/checks.lua
--   hubmark run      scenarios/cookbook/checks.lua --hub URL
local p = hm.params {
  hub    = { "http://127.0.0.1:8000", kind = "url", about = "JupyterHub to drive" },
  users  = { 2, min = 1, max = 500, about = "people at work" },
  length = { "2m", kind = "duration", about = "time at full load" },
}

-- A simulated kernel computes nothing, so there is nothing to check of its values.
local function expect(user, name, holds)
  user:check(name, holds or user.run.simulated)
end

local function verify(user)
  local kernel = user:open_kernel {}
  expect(user, "adds up", kernel:execute("2 + 2").text == "4")

  local table_ = kernel:execute("from IPython.display import HTML\nHTML('<b>x</b>')")
  local output = table_.outputs[1] or {}
  expect(user, "is HTML", output.output_type == "execute_result" and output.data["text/html"] == "<b>x</b>")

  local wrong = kernel:execute("undefined_name")
  expect(user, "names its error", wrong.status == "error" and wrong.error.name == "NameError")

  local printed = kernel:execute("for i in range(3): print(i)")
  expect(user, "prints in order", printed.text == "0\n1\n2\n")
  user:think()
end

return hm.scenario {
  name = "checks",
  about = "What kernels put out is what it should be, under load too",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "hubmark-%04d", create = true } },
  users = { tester = hm.user { iterate = verify, think = hm.exponential("3s") } },
  load = { people = hm.constant_users { user = "tester", users = p.users, duration = p.length } },
  thresholds = { "check.ok.ratio each check >= 100%" },
}
