-- SPDX-License-Identifier: Apache-2.0
-- Further ways for senders to prove themselves: the document shows them without their secrets.

ALTER TABLE endpoint ADD COLUMN auth text;      -- Fernet: the whole list as JSON
