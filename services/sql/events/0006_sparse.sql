-- One event in eight or fewer is of the network, and its columns are zeros in all others: stored as what is not zero, and where.
ALTER TABLE {{local events}} {{on cluster}} MODIFY SETTING
  ratio_of_defaults_for_sparse_serialization = 0.8;
