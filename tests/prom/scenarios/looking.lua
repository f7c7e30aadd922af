-- Asks a real Prometheus from a hook.
local p = hm.params { hub = { kind = "url" }, prometheus = { kind = "url" } }

return hm.scenario {
  name = "asking",
  hub = hm.hub { url = p.hub, accounts = hm.accounts { pattern = "ask-%d", create = true } },
  prometheus = { main = hm.prometheus { p.prometheus } },
  notebooks = { n = hm.notebook { "n.ipynb", timeout = "30s" } },
  users = { person = hm.user { mix = { n = 1 } } },
  load = { people = hm.per_user_iterations { user = "person", users = 1, iterations = 1 } },
  on = {
    setup = function(run)
      local prom = run:prom("main")
      local up = prom:query("up")
      run.log:info("up", { kind = up.kind, value = up.value, job = up.series[1].labels.job })
      run.log:info("sum", { value = prom:query("6 * 7").value, infinite = prom:query("1 / 0").value == math.huge })
      local range = prom:query_range("2 * up", { start = run.elapsed_s - 60, stop = run.elapsed_s, step = "1s" })
      local points = range.series[1].points
      run.log:info("range", { kind = range.kind, last = points[#points].value, late = points[#points].at_s <= run.elapsed_s })
      local ok, why = pcall(function() prom:query_range("vector(1)", { start = run.elapsed_s - 1e6, stop = run.elapsed_s, step = "10ms" }) end)
      run.log:info("too many", { ok = ok, why = tostring(why) })
      prom:query("rate(up")
    end,
  },
}
