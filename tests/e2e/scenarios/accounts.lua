-- Which accounts users work under is a parameter: `self`, `pattern` or the name of a file.
local p = hm.params {
  hub = { "http://127.0.0.1:8000", kind = "url" },
  accounts = { "self", about = "self, pattern, or a file of accounts" },
  users = { 3, min = 1, max = 20 },
  iterations = { 2, min = 1, max = 1000 },
}

local accounts = "self"
if p.accounts == "pattern" then
  accounts = hm.accounts { pattern = "made-%02d", create = true }
elseif p.accounts ~= "self" then
  accounts = hm.accounts { file = p.accounts }
end

return hm.scenario {
  hub = hm.hub { url = p.hub, accounts = accounts, profile = "gpu-small", options = { cores = 2 } },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb" } },
  users = { person = hm.user { mix = { tiny = 1 } } },
  load = { people = hm.per_user_iterations { user = "person", users = p.users, iterations = p.iterations } },
}
