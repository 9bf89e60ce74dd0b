-- Leases a block of each counter, or of none if one of them has nothing left.
--
-- KEYS: one for each counter and window.
-- ARGV, five for each key:
--   limit    how many the window admits
--   block    how many are asked for
--   known    what the caller knows to be taken; more than is stored if Redis came back without its data
--   apart    what the caller admitted by itself while Redis was away, and has not told yet
--   expiry   milliseconds after which the count may be forgotten
-- Returns two numbers for each key: what is taken now, and how much of that was leased by this call.
local taken, exhausted = {}, false
for i, key in ipairs(KEYS) do
    local at = (i - 1) * 5
    local limit, known, apart = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
    taken[i] = math.max(tonumber(redis.call('get', key) or '0') + apart, known)
    exhausted = exhausted or taken[i] >= limit
end

local answer = {}
for i, key in ipairs(KEYS) do
    local at = (i - 1) * 5
    local limit, block, expiry = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 5]
    local leased = 0
    if not exhausted then
        leased = math.min(block, limit - taken[i])
    end
    taken[i] = taken[i] + leased
    redis.call('set', key, string.format('%.0f', taken[i]), 'px', expiry)
    answer[#answer + 1] = taken[i]
    answer[#answer + 1] = leased
end
return answer
