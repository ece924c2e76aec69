//! The contract with Azure, from what its owners published (`facts/arm`): official examples, schemas, recordings. Nothing of
//! these files is in the project; where the folder is not there, the tests say so and pass.

mod behaviours;
mod examples;
mod judge;
mod official;
mod surroundings;
