import { Route, Switch } from 'wouter';
import { PageFrame } from '../parts/page-frame.js';
import { CreateUser } from './new/create-user.js';
import { UserPage } from './one/user-page.js';
import { NEW_USER, nameIn } from './user-path.js';
import { UsersList } from './list/users-list.js';

/** Users, for administrators: all of them, one, and a new one. */
export function UsersPage() {
  return (
    <Switch>
      <Route path="/">
        <UsersList />
      </Route>
      <Route path={NEW_USER}>
        <CreateUser />
      </Route>
      <Route path="/:name">{({ name }) => <OneUser part={name} />}</Route>
      <Route>
        <PageFrame title="Nothing here">There is no such page.</PageFrame>
      </Route>
    </Switch>
  );
}

function OneUser({ part }: { readonly part: string }) {
  return <UserPage name={nameIn(part)} />;
}
