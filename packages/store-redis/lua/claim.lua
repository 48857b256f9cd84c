--[[
  Makes this Redis a node's own, or confirms that it is, and counts a start.

  ARGV[1]  cluster id
  ARGV[2]  node id

  Returns { "own", incarnation, clock reservation, term, vote ("" for none) } or { "foreign", cluster id, node id } of whom it
  belongs to; then nothing was changed. The HDEL lets a node start at the memory limit too (see
  apply.lua).
]]
local cluster, node, incarnation, reserved, term, vote = unpack(redis.call(
  "HMGET", "meta", "cluster", "node", "incarnation", "reserved_until_ms", "term", "voted_for"
))
if cluster and (cluster ~= ARGV[1] or node ~= ARGV[2]) then
  return { "foreign", cluster, node or "" }
end
incarnation = tostring(tonumber(incarnation or "0") + 1)
redis.call("HDEL", "meta", "incarnation")
redis.call("HSET", "meta", "cluster", ARGV[1], "node", ARGV[2], "incarnation", incarnation)
return { "own", incarnation, reserved or "0", term or "0", vote or "" }
