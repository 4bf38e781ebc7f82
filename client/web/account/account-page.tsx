import { Tabs } from '@mantine/core';
import type { ComponentType } from 'react';
import { Redirect, useLocation } from 'wouter';
import { PageFrame } from '../parts/page-frame.js';
import classes from './account-page.module.css';
import { DeletionSection } from './deletion-section.js';
import { PasswordSection } from './password-section.js';
import { ProfileSection } from './profile/profile-section.js';
import { SessionsSection } from './sessions-section.js';
import { TokensSection } from './tokens/tokens-section.js';

interface Section {
  readonly path: string;
  readonly title: string;
  readonly content: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { path: '/', title: 'Profile', content: ProfileSection },
  { path: '/password', title: 'Password', content: PasswordSection },
  { path: '/sessions', title: 'Sessions', content: SessionsSection },
  { path: '/tokens', title: 'API tokens', content: TokensSection },
  { path: '/delete', title: 'Delete account', content: DeletionSection },
];

/** What somebody sees and changes of their own account. */
export function AccountPage() {
  const [location, navigate] = useLocation();
  const here = SECTIONS.find(({ path }) => path === location);
  if (here === undefined) return <Redirect to="/" replace />;
  const Content = here.content;
  return (
    <PageFrame title="My account">
      <Tabs
        value={here.path}
        onChange={(path) => {
          navigate(path ?? '/');
        }}
        // Each is an address: the arrow keys only go from one to the next, Enter opens it.
        activateTabWithKeyboard={false}
      >
        <Tabs.List className={classes['tabs']} aria-label="Parts of my account">
          {SECTIONS.map(({ path, title }) => (
            <Tabs.Tab key={path} value={path}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={here.path} pt="md">
          <Content />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}
