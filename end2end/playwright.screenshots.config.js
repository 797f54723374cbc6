// Takes pictures instead of testing: `make screenshots`.
import config from './playwright.config.js';

export default {
  ...config,
  testDir: 'screenshots-of',
  projects: config.projects.filter((project) => project.use.javaScriptEnabled),
};
