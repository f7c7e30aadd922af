-- A short load on a hub that is reached by TLS, through a proxy, or with a header.
local p = hm.params { hub = { kind = "url" }, prefix = { "ways" } }
return hm.scenario {
  name = "ways",
  hub = hm.hub {
    url = p.hub,
    accounts = hm.accounts { pattern = p.prefix .. "-%d", create = true },
    ca = "ca.pem",
    headers = { ["X-Gate"] = "open" },
  },
  notebooks = { tiny = hm.notebook { "notebooks/tiny.ipynb" } },
  users = { person = hm.user { mix = { tiny = 1 }, notebooks_per_session = 10 } },
  load = { people = hm.per_user_iterations { user = "person", users = 2, iterations = 3 } },
}
