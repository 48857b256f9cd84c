--[[
  Rewrites the status of members as this node sees it.

  ARGV     node id, state, node id, state, ...

  The DEL lets it do so at the memory limit too (see apply.lua).
]]
for index = 1, #ARGV, 2 do
  local status = "node_status:" .. ARGV[index]
  redis.call("DEL", status)
  redis.call("SET", status, ARGV[index + 1])
end
