/** A configuration in memory keeps the contract that real files keep. */
import test from 'ava';
import { configurationContract } from '../contract/configuration-contract.ts';
import { type ConfigurationWorld, type NodeFile, original, UNIT_OF } from '../contract/configuration-world.ts';
import { MemoryConfiguration, MemoryNode, type MemoryService } from './memory-configuration.ts';

function world(): ConfigurationWorld {
  const serviceOf = (file: NodeFile): MemoryService => ({
    path: `/etc/${file}`,
    unit: UNIT_OF[file],
    text: original(file),
  });
  const files = { 'glance-api.conf': serviceOf('glance-api.conf'), 'placement.conf': serviceOf('placement.conf') };
  const node = new MemoryNode({ glance: files['glance-api.conf'], placement: files['placement.conf'] });
  return {
    actuator: (granted) => new MemoryConfiguration(node, granted !== 'nothing'),
    read: async (file) => files[file].text,
    write: async (file, text) => {
      files[file].text = text;
    },
    restarted: () => node.restarts.splice(0),
    breakOnce: (unit) => node.broken.add(unit),
    stop: async () => {},
  };
}

configurationContract(test, async () => world());
