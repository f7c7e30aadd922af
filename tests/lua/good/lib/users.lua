local M = {}

function M.agent(weights)
  return hm.user { mix = weights, think = "5s" }
end

return M
