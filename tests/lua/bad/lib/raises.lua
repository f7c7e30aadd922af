local M = {}

function M.go(depth)
  if depth == 0 then
    error("the well is dry")
  end
  M.go(depth - 1)
end

return M
