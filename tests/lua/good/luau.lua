-- Luau's own syntax is accepted, and errors in such a file keep their place.
local sizes: { number } = { 1, 2, 3 }
local total = 0
for _, size in sizes do
  if size == 2 then
    continue
  end
  total += size
end

return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebook = "notebooks/n.ipynb",
  users = if total > 3 then total else 1,
  duration = `{total}m`,
}
