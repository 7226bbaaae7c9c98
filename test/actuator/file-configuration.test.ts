/** The adapter keeps the contract of a configuration on real files. */
import test from 'ava';
import { configurationContract } from '../contract/configuration-contract.ts';
import { FileConfigurationWorld } from '../contract/file-configuration-world.ts';

configurationContract(test, () => FileConfigurationWorld.start());
