-- SPDX-License-Identifier: Apache-2.0
-- Rows of the tenant map that a language model chose, and what a person corrected in them.

ALTER TABLE tenant_map
    ADD COLUMN chosen_by text,  -- the model; NULL = a person, or a person has looked at it since
    ADD COLUMN former    text;  -- its company before that: alerts may be open under it
